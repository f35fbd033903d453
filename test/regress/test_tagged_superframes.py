# SPDX-License-Identifier: BSD-3-Clause
"""No tagged superframe left by a device that segments untagged ones only.

ethtool tells what a device does for plain frames; for tagged ones it may do less
(vlan_features), and without a ndo_features_check() of its own nothing for those with
two tags (vlan_features_check()). Past the qdisc the kernel drops what it would have
to segment, so each such superframe, received whole or joined of segments, was
refused. ifb is such a device; veth and tap are not.
"""

import pytest
from lab.process import Failed
from lab.superframe import superframe
from lab.testpmd import OURS, vdev

WHOLE = ("--enable-lro", "--enable-rx-cksum")
TAGS = {"8021q": b"\x81\0\0\7", "qinq": b"\x88\xa8\0\5\x81\0\0\7", "8021q_twice": b"\x81\0\0\5\x81\0\0\7"}


@pytest.fixture
def ifb(lab):
    ns = lab.ns("dut")
    try:
        ns.ip("link", "add", "i0", "type", "ifb")
    except Failed as e:
        pytest.skip(f"no ifb device here: {e}")
    ns.ip("link", "set", "i0", "up")
    return "i0"


@pytest.mark.skipif(not OURS, reason="no other driver takes superframes")
@pytest.mark.parametrize("tags", TAGS)
@pytest.mark.parametrize("mode", [(), WHOLE], ids=["io", "whole"])
def test_superframes_with_tags_leave(lab, testpmd, raw, ifb, mode, tags):
    near = lab.link(0)
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, ifb)], *mode, rxd=1024)
    pmd.start()
    for n in range(20):
        source.send(*superframe(bytes(13000), 1300, tags=TAGS[tags], ident=n))
    count = 20 if mode else 200
    pmd.wait_stats(lambda s: s["RX-packets"] == count)
    # ifb drops what no filter has sent it, and counts that as received
    pmd.wait_stats(lambda s: s["TX-packets"] == count, port=1)
    assert near.dut_ns.counters(ifb)["rx_bytes"] >= 20 * 13000
    s = pmd.stats(1)
    assert (s["TX-packets"], s["TX-errors"]) == (count, 0), pmd.xstats(1)
    assert pmd.fwd_stats(1)["TX-dropped"] == 0
