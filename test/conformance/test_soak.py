# SPDX-License-Identifier: BSD-3-Clause
"""A minute of `run soak`, and that it sees a frame that nobody counts."""

import os
import signal
import subprocess
import sys

import pytest
from lab.compile import compiled
from lab.netns import PREFIX
from lab.process import ROOT, pid_alive, run, wait_for
from lab.testpmd import OURS

pytestmark = pytest.mark.skipif(not OURS, reason="this driver's counters")
CHEAP = ("down and up,carrier,mtu,address,gso_max_size,features,gro,xdp,bridge,rename,stall,ENOBUFS,"
         "superframes,moved,created again,removal,counting rules,dropping rule,rss table,queue")


@pytest.fixture
def soak(lab, tmp_path):
    programs = []

    def begin(*words, **env):
        with open(tmp_path / "said", "w", encoding="utf-8") as said:
            programs.append(subprocess.Popen(
                [sys.executable, f"{ROOT}/tools/soak", *words], stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, env=dict(os.environ, **env)))
        return programs[-1]
    yield begin
    for program in programs:
        if program.poll() is None:
            program.kill()
            program.wait()


def said(tmp_path):
    return (tmp_path / "said").read_text(encoding="utf-8")


def left_behind(program):
    return [line for line in run("ip", "netns", "list").splitlines()
            if line.startswith(f"{PREFIX}{program.pid}-")]


def test_cheap_events_balance(soak, tmp_path):
    program = soak("0.4", "--seed", "1", "--events", CHEAP)
    assert program.wait(180) == 0, said(tmp_path)
    assert "down and up" in said(tmp_path).rsplit("lost where", 1)[1]
    assert not left_behind(program)


@pytest.mark.parametrize("event", ["address", "superframes"])
def test_a_way_that_loses_without_a_word_stops_it(soak, tmp_path, event):
    program = soak("1", "--seed", "1", "--events", event)
    host = f"{PREFIX}{program.pid}-2host"
    wait_for(lambda: f" {event} " in said(tmp_path) or program.poll() is not None)
    for rule in ("add table netdev thief",
                 "add chain netdev thief out { type filter hook egress device p0 priority 0; }",
                 "add rule netdev thief out numgen random mod 20 == 0 drop"):
        run("ip", "netns", "exec", host, "nft", rule)
    assert program.wait(60) == 1, said(tmp_path)
    assert "not accounted for" in said(tmp_path)
    assert not left_behind(program)


def test_a_driver_that_does_not_count_stops_it(soak, tmp_path):
    library = compiled(str(tmp_path), "tools/deaf.c", flags=("-shared", "-fPIC"), libs=("-ldl",))
    program = soak("1", "--seed", "1", "--events", "stall", AFPRING_PRELOAD=library)
    assert program.wait(60) == 1, said(tmp_path)
    assert "frames: d0 no socket" in said(tmp_path)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_it_cleans_up_when_it_is_told_to_end(soak, tmp_path, name):
    program = soak("1", "--seed", "1", "--events", "address")
    wait_for(lambda: " address " in said(tmp_path) or program.poll() is not None)
    children = run("pgrep", "-P", str(program.pid)).split()
    program.send_signal(getattr(signal, name))
    assert program.wait(60) == 130, said(tmp_path)
    assert not left_behind(program)
    assert children and not any(pid_alive(int(pid)) for pid in children)
