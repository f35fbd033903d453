# SPDX-License-Identifier: BSD-3-Clause
"""An RSS table that is the one in use was refused on a running port. Bonding sets its own on each
member that it has started, and said "RSS Configuration for bonding may be inconsistent"."""

from lab.process import Failed
from lab.testpmd import vdev

QUEUES = 4


def words_of(pmd, line):
    before = len(pmd.log())
    pmd.cmd(line)
    return pmd.log()[before:]


def test_the_table_in_use_is_taken(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=QUEUES)], queues=QUEUES)
    assert words_of(pmd, "port config 0 rss reta (0,0),(1,1),(2,2),(127,3)") == ""
    assert "stop the port first" in words_of(pmd, "port config 0 rss reta (0,0),(1,1),(2,3)")


def test_bonding_sets_its_table_on_members_that_run(lab, testpmd):
    links = [lab.link(n) for n in (0, 1)]
    pmd = testpmd(links[0].dut_ns, [vdev(n, link.dut, qpairs=QUEUES) for n, link in enumerate(links)],
                  queues=QUEUES)
    pmd.cmd("port stop all")
    try:
        pmd.cmd("create bonding device 2 0")
        member = "member"
    except Failed:  # before DPDK 23.11
        pmd.cmd("create bonded device 2 0")
        member = "slave"
    for port in (0, 1):
        pmd.cmd(f"add bonding {member} {port} 2")
    said = words_of(pmd, "port start 2")
    assert "RSS" not in said, said
