# SPDX-License-Identifier: BSD-3-Clause
"""Files over HTTP between two namespaces: python's server or nginx, curl, a checksum."""

import functools
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from .netns import PREFIX
from .process import Failed, Missing, pid_alive, run, wait_for

# tools/install unpacks one there, if none is installed
NGINX = os.environ.get("AFPRING_NGINX") or shutil.which("nginx") or \
    "/var/cache/net_afpring/nginx/usr/sbin/nginx"
SERVERS = ("python", "nginx")
GB = 1 << 30
TIMEOUT = 120  # s; such a file takes one


@functools.lru_cache
def _file(folder, size):
    digest, block = hashlib.sha256(), os.urandom(1 << 20)
    with open(f"{folder}/{size}", "wb") as f:
        for n in range(0, size, len(block)):
            part = n.to_bytes(8, "big") + block[8:][:size - n - 8]
            f.write(part)
            digest.update(part)
    return digest.hexdigest()


class Large:
    """A folder with room for a file of 1 GB, in memory where it can be; goes with the test
    run, or when that was killed with the next one."""

    def __init__(self):
        for left in glob.glob(f"/dev/shm/{PREFIX}*-web"):
            if not pid_alive(int(os.path.basename(left)[len(PREFIX):].split("-")[0])):
                shutil.rmtree(left, ignore_errors=True)
        with open("/proc/meminfo") as f:
            available = next(int(x.split()[1]) for x in f if x.startswith("MemAvailable")) << 10
        if available > 4 * GB and shutil.disk_usage("/dev/shm").free > 2 * GB:
            self.folder = f"/dev/shm/{PREFIX}{os.getpid()}-web"
            os.mkdir(self.folder)
        elif shutil.disk_usage(tempfile.gettempdir()).free > 4 * GB:
            self.folder = tempfile.mkdtemp()
        else:
            raise Missing("neither memory nor disk has room for a file of 1 GB")

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Http:
    """A server in a namespace; get() fetches in another one. Its files go with it."""

    def __init__(self, lab, server_ns, folder, address, port=8000, server="python",
                 keep_files=False):
        self.folder = str(folder)
        self.host = f"[{address}]" if ":" in address else address
        self.port = port
        if server == "nginx":
            argv = self.nginx()
        else:
            argv = "/usr/bin/python3", "-c", _SERVER, str(port), self.folder, address
        server = server_ns.popen(*argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lab.keep(_Process(server, None if keep_files else self.folder))
        listens = re.compile(rf":{port:04X} 0+:0000 0A ")  # not one that was, or of another
        wait_for(lambda: any(listens.search(server_ns.run("cat", f"/proc/net/{f}", check=False))
                             for f in ("tcp", "tcp6")), what="the HTTP server")

    def nginx(self):
        if not os.path.exists(NGINX):
            raise Missing("nginx is not installed")
        with open(f"{self.folder}/nginx.conf", "w") as f:
            f.write(_NGINX.format(folder=self.folder, host=self.host, port=self.port))
        return NGINX, "-e", "stderr", "-c", f"{self.folder}/nginx.conf"

    def start(self, client_ns, size, timeout=TIMEOUT):
        if not shutil.which("curl"):
            raise Missing("curl is not installed")
        want = _file(self.folder, size)
        url = f"http://{self.host}:{self.port}/{size}"
        shell = f"curl -gsS --max-time {timeout} '{url}' | /usr/bin/python3 -c '{_SHA256}'"
        return want, client_ns.popen("sh", "-c", shell)

    def get(self, client_ns, size, flows=1, timeout=TIMEOUT):
        """Fetch a file of this size over each of some flows at once, and compare."""
        for want, process in [self.start(client_ns, size, timeout) for _ in range(flows)]:
            finish(want, process, timeout)


def finish(want, process, timeout=TIMEOUT):
    out, err = process.communicate(timeout=timeout + 5)
    assert out.split()[0] == want, f"what arrived is not what was sent: {err}"


class _Process:
    def __init__(self, process, folder):
        self.process, self.folder = process, folder

    def close(self):
        self.process.kill()
        self.process.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)  # pytest would keep GBs
            _file.cache_clear()


# several times as fast as sha256sum where the processor has instructions for it
_SHA256 = """
import hashlib, sys
digest = hashlib.sha256()
while block := sys.stdin.buffer.read(1 << 18):
    digest.update(block)
print(digest.hexdigest())
"""

# a thread for each flow, and large writes (sendfile would need none of the sender's copies)
_SERVER = """
import http.server, socket, sys
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in sys.argv[3] else socket.AF_INET
class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=sys.argv[2])
    def copyfile(self, source, to):
        self.connection.sendfile(source)
Server((sys.argv[3], int(sys.argv[1])), Handler).serve_forever()
"""


# one process, so that killing it is enough
_NGINX = """
daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log stderr;
events {{ }}
http {{
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    access_log off; sendfile on; tcp_nopush on;
    server {{ listen {host}:{port}; root {folder}; }}
}}
"""


def ipv6_hosts(near, far):
    """fd09::1 on the near host and fd09::2 on the far one, beside their IPv4 addresses."""
    for end, address in ((near, "fd09::1/64"), (far, "fd09::2/64")):
        ns, iface = end.peer_ns, end.peer
        try:
            ns.run("sh", "-c", f"echo 0 >/proc/sys/net/ipv6/conf/{iface}/disable_ipv6")
        except Failed:
            raise Missing("this kernel has no IPv6")
        run(*ns.argv("ip", "addr", "add", address, "dev", iface, "nodad"))
