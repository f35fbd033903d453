# SPDX-License-Identifier: BSD-3-Clause
"""Files over HTTP between two namespaces: python's server, curl, a checksum."""

import functools
import hashlib
import os
import shutil
import subprocess

import pytest
from netlab import run, wait_for

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


class Http:
    """A server in a namespace; get() fetches in another one."""

    def __init__(self, lab, server_ns, folder, address, port=8000):
        self.folder = str(folder)
        self.host = f"[{address}]" if ":" in address else address
        self.port = port
        server = server_ns.popen("/usr/bin/python3", "-c", _SERVER, str(port), self.folder, address,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lab.keep(_Process(server, self.folder))
        hexport = f":{port:04X} "
        wait_for(lambda: any(hexport in server_ns.run("cat", f"/proc/net/{f}", check=False)
                             for f in ("tcp", "tcp6")), what="the HTTP server")

    def start(self, client_ns, size, timeout=TIMEOUT):
        if not shutil.which("curl"):
            pytest.skip("curl is not installed")
        want = _file(self.folder, size)
        url = f"http://{self.host}:{self.port}/{size}"
        shell = f"curl -gsS --max-time {timeout} '{url}' | sha256sum"
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
        shutil.rmtree(self.folder, ignore_errors=True)  # pytest would keep GBs
        _file.cache_clear()


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


def ipv6_hosts(near, far):
    """fd09::1 on the near host and fd09::2 on the far one, beside their IPv4 addresses."""
    for end, address in ((near, "fd09::1/64"), (far, "fd09::2/64")):
        ns, iface = end.peer_ns, end.peer
        try:
            ns.run("sh", "-c", f"echo 0 >/proc/sys/net/ipv6/conf/{iface}/disable_ipv6")
        except RuntimeError:
            pytest.skip("this kernel has no IPv6")
        run(*ns.argv("ip", "addr", "add", address, "dev", iface, "nodad"))
