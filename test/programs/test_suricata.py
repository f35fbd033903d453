# SPDX-License-Identifier: BSD-3-Clause
"""Suricata 7 between two hosts, with a rule that drops: it asks for the RX checksum offloads
unless told not to, and takes a packet flagged BAD for one that no host will accept."""

import os
import re
import socket

import pytest
from folder import EAL, copy, need
from lab.process import DEADLINE, wait_for
from lab.testpmd import vdev

# Two workers want two processors without management threads. Where there are but two, those
# are put on one that is not there, which Suricata lets pass with a warning.
CPUS = os.cpu_count()
MANAGEMENT, WORKERS = (0, "1, 2") if CPUS > 2 else (CPUS, "0, 1")
ATTACK = b"this is the attack that the rule drops"
RULES = 'drop tcp any any -> any any (msg:"attack"; content:"this is the attack"; sid:1; rev:1;)\n'
CONFIG = """%YAML 1.1
---
default-log-dir: {dir}
outputs:
  - fast: {{enabled: yes, filename: fast.log}}
  - stats: {{enabled: yes, filename: stats.log, append: no, totals: yes, threads: no, null-values: yes}}
stats: {{enabled: yes, interval: 1}}
default-rule-path: {dir}
rule-files: [drop.rules]
classification-file: /etc/suricata/classification.config
reference-config-file: /etc/suricata/reference.config
dpdk:
  eal-params:
    proc-type: primary
    no-pci: ""
    no-huge: ""
    m: 1024
    file-prefix: {prefix}
    d: {plugin}
    vdev: [{vdevs}]
  interfaces:
{interfaces}
threading:
  set-cpu-affinity: yes
  cpu-affinity:
    - management-cpu-set: {{cpu: [{management}]}}
    - worker-cpu-set: {{cpu: [{workers}]}}
"""
INTERFACE = """    - interface: net_afpring{n}
      threads: 1
      promisc: true
      multicast: true
      checksum-checks: true
      checksum-checks-offload: {offload}
      mtu: 1500
      mempool-size: 16383
      mempool-cache-size: 127
      rx-descriptors: 512
      tx-descriptors: 512
      copy-mode: ips
      copy-iface: net_afpring{other}
"""


@pytest.fixture(params=["true", "false"], ids=["offload", "no_offload"])
def suricata(request, hosts, inside):
    need("suricata")
    near, far = hosts
    program = inside(near.dut_ns)
    d = program.dir
    with open(f"{d}/drop.rules", "w", encoding="utf-8") as file:
        file.write(RULES)
    with open(f"{d}/suricata.yaml", "w", encoding="utf-8") as file:
        file.write(CONFIG.format(
            management=MANAGEMENT, workers=WORKERS, dir=d, prefix=d.rpartition("/")[2], plugin=EAL[-1],
            vdevs=", ".join(f'"{vdev(n, end.dut)}"' for n, end in enumerate(hosts)),
            interfaces="".join(INTERFACE.format(n=n, other=1 - n, offload=request.param)
                               for n in (0, 1))))
    process = program.start("suricata", "suricata", "-c", f"{d}/suricata.yaml", "--dpdk", "-l", d)
    wait_for(lambda: process.poll() is not None or "Engine started" in program.text("suricata.out"),
             120)
    assert process.poll() is None, program.text("suricata.out")[-3000:]
    return program


def counted(program, name):
    """The newest value of a counter in stats.log."""
    found = re.findall(rf"^{name} +\| Total +\| (\d+)", program.text("stats.log"), re.M)
    return int(found[-1]) if found else None


def attack(client, server, port):
    """What arrives of an attack over TCP within five seconds."""
    listener = server.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    sender = client.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    with listener, sender:
        listener.bind(("10.9.0.2", port))
        listener.listen(1)
        listener.settimeout(DEADLINE)
        sender.settimeout(DEADLINE)
        sender.connect(("10.9.0.2", port))
        conn, _ = listener.accept()
        with conn:
            sender.sendall(ATTACK)
            conn.settimeout(5)
            try:
                return conn.recv(1000)
            except TimeoutError:
                return b""


def test_ips(suricata, hosts, row):
    near, far = hosts
    rate = copy(near.peer_ns, far.peer_ns, "10.9.0.2")
    assert attack(near.peer_ns, far.peer_ns, 9100) == b""
    assert "attack" in suricata.text("fast.log")
    wait_for(lambda: counted(suricata, "decoder.tcp"), 20)
    wrong = {name: counted(suricata, name) for name in ("tcp.invalid_checksum",
                                                        "decoder.ipv4.invalid_checksum")}
    assert not any(wrong.values()), wrong
    row(f"{rate}, attack dropped, {counted(suricata, 'decoder.tcp')} TCP packets looked at")
