# SPDX-License-Identifier: BSD-3-Clause
"""Small C programs and libraries of the tests, compiled where they are used."""

import os
import shutil
import subprocess

from .process import ROOT, Missing


def dpdk_flags(*which):
    """What pkg-config says of --cflags and --libs of the installed DPDK."""
    if not shutil.which("pkg-config"):
        raise Missing("pkg-config is not installed")
    done = subprocess.run(["pkg-config", *which, "libdpdk"], capture_output=True, text=True,
                          check=True)
    return done.stdout.split()


def compiled(directory, *sources, flags=(), libs=()):
    """The program of these sources below test/, named after the first; a library with -shared."""
    cc = shutil.which("cc") or shutil.which("gcc")
    if not cc:
        raise Missing(f"no C compiler for test/{sources[0]}")
    name = os.path.splitext(os.path.basename(sources[0]))[0]
    out = os.path.join(directory, name + (".so" if "-shared" in flags else ""))
    subprocess.run([cc, "-O1", "-Wall", "-Wextra", "-D_GNU_SOURCE", *flags, "-o", out,
                    *(os.path.join(ROOT, "test", source) for source in sources), *libs], check=True)
    return out


def dpdk_program(directory, source, *flags):
    """A program that uses the installed DPDK."""
    return compiled(str(directory), source, flags=(*flags, *dpdk_flags("--cflags")),
                    libs=dpdk_flags("--libs"))
