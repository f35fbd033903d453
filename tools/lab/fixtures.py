# SPDX-License-Identifier: BSD-3-Clause
"""What port tests are made of: the stock dpdk-testpmd with the plugin, on a veth.

  AFPRING_PLUGIN   the plugin's file (default: build/ of this repository)
  AFPRING_VDEV     another driver's name, to see the tests go red (net_af_packet)
  AFPRING_TESTPMD  another dpdk-testpmd
  AFPRING_ARGS     devargs for each port that does not say otherwise, e.g. kick=thread
  AFPRING_PRELOAD  e.g. libasan.so, when the plugin was built with a sanitizer
"""

import os
import signal

import pytest

from . import interrupt, links, netns
from . import peer as peer_lib
from . import pktgen as pktgen_lib
from . import testpmd as testpmd_lib


def pytest_sessionstart(session):
    interrupt.heed((signal.SIGTERM,))  # so that fixtures clean up
    if os.geteuid() == 0:
        netns.sweep()


def pytest_collection_modifyitems(items):
    reason = testpmd_lib.missing()
    if reason:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def lab():
    lab = links.Lab()
    yield lab
    lab.close()


@pytest.fixture
def link(lab):
    """One plain veth with MTU 1500: dut d0, peer p0."""
    return lab.link()


@pytest.fixture
def testpmd(lab):
    """testpmd(ns, vdevs, ...): a running testpmd that ends with the test."""
    return lambda *args, **kw: lab.keep(testpmd_lib.Testpmd(*args, **kw))


@pytest.fixture
def raw(lab):
    return lambda *args, **kw: lab.keep(peer_lib.Raw(*args, **kw))


@pytest.fixture
def peer(raw, link):
    """A raw socket on the far end of `link`."""
    return raw(link.peer_ns, link.peer)


@pytest.fixture(scope="session")
def pktgen(tmp_path_factory):
    return pktgen_lib.Pktgen(pktgen_lib.build(str(tmp_path_factory.mktemp("tools"))))
