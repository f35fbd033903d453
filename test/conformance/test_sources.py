# SPDX-License-Identifier: BSD-3-Clause
"""Where the driver-only headers of a DPDK come from when its distribution has none."""

import hashlib
import os
import shutil
import subprocess
import tarfile

import pytest
from lab.process import ROOT


def unpack(tmp_path, version, **env):
    out = tmp_path / "out"
    done = subprocess.run(
        [f"{ROOT}/tools/dpdk-upstream", version, out], capture_output=True, text=True, timeout=60,
        env={"PATH": os.environ["PATH"], "AFPRING_CACHE": str(tmp_path / "cache"),
             "AFPRING_DPDK_SERVER": f"file://{tmp_path}",
             "AFPRING_DPDK_ARCHIVES": str(tmp_path / "pins"), **env})
    return done, out


def publish(tmp_path, version, pinned=None):
    """An archive on a server, and the checksum that the project has of it."""
    tree = tmp_path / f"dpdk-{version}"
    tree.mkdir()
    (tree / "VERSION").write_text(f"{version}\n")
    archive = tmp_path / f"dpdk-{version}.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(tree, tree.name)
    with open(tmp_path / "pins", "a") as pins:
        pins.write(f"{version} {pinned or hashlib.sha256(archive.read_bytes()).hexdigest()}\n")


@pytest.mark.parametrize("asked", ["31.11", "31.11.10"])
def test_an_archive_is_the_one_whose_checksum_is_known(tmp_path, asked):
    publish(tmp_path, "31.11.9")
    publish(tmp_path, "31.11.10")
    done, out = unpack(tmp_path, asked)
    assert done.returncode == 0, done.stderr
    assert (out / "VERSION").read_text() == "31.11.10\n"
    os.remove(tmp_path / "dpdk-31.11.10.tar.xz")
    assert unpack(tmp_path, asked)[0].returncode == 0, "not kept"


def test_another_archive_is_refused_and_not_kept(tmp_path):
    publish(tmp_path, "31.11", pinned="0" * 64)
    done, out = unpack(tmp_path, "31.11")
    assert done.returncode != 0 and "is not the archive" in done.stderr
    assert not list(out.iterdir())
    assert not list((tmp_path / "cache" / "archives").iterdir())


def test_without_a_checksum_nothing_is_fetched(tmp_path):
    publish(tmp_path, "31.11")
    done, _ = unpack(tmp_path, "32.11")
    assert done.returncode != 0
    assert "checksum is not known" in done.stderr and "AFPRING_DPDK_GIT" in done.stderr


def test_a_server_that_is_away_is_named(tmp_path):
    publish(tmp_path, "31.11")
    os.remove(tmp_path / "dpdk-31.11.tar.xz")
    done, _ = unpack(tmp_path, "31.11")
    assert done.returncode != 0
    assert "cannot be reached" in done.stderr and "AFPRING_DPDK_GIT" in done.stderr


def clone(tmp_path, tags):
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    git = ["git", "-C", str(tmp_path / "clone"), "-c", "user.name=x", "-c", "user.email=x@x"]
    (tmp_path / "clone").mkdir()
    subprocess.run([*git, "init", "-q"], check=True)
    for tag in tags:
        (tmp_path / "clone" / "VERSION").write_text(f"{tag}\n")
        subprocess.run([*git, "add", "VERSION"], check=True)
        subprocess.run([*git, "commit", "-qm", tag], check=True)
        subprocess.run([*git, "tag", f"v{tag}"], check=True)
    return {"AFPRING_DPDK_GIT": str(tmp_path / "clone")}


@pytest.mark.parametrize("asked, given", [
    ("31.11.2", "31.11.2"),     # the very version
    ("31.11", "31.11.10"),      # a release is its newest update
    ("31.11.12", "31.11.10"),   # an update that the clone lacks
    ("main", "32.03-rc1")])
def test_a_clone_gives_the_newest_update(tmp_path, asked, given):
    env = clone(tmp_path, ["31.07", "31.11-rc1", "31.11", "31.11.2", "31.11.10", "32.03-rc1"])
    done, out = unpack(tmp_path, asked, **env)
    assert done.returncode == 0, done.stderr
    assert (out / "VERSION").read_text() == f"{given}\n"


def test_a_clone_without_the_release_says_so(tmp_path):
    env = clone(tmp_path, ["31.07", "31.11-rc1"])
    done, _ = unpack(tmp_path, "31.11", **env)
    assert done.returncode != 0 and "has no tag of DPDK 31.11" in done.stderr
