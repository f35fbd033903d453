# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of one release in the testpmd of another: refused, and told why."""

from places import Failed, run
from plugin import NAME, start

# By the driver, where the libraries' version is the same; else by the loader.
REFUSALS = ("build it against that one", "cannot open shared object file")


def pair(plugin_of, prefix_of, log):
    """Who refuses; fails when nobody does."""
    argv = start(f"{prefix_of}/bin/dpdk-testpmd", plugin_of / "build" / NAME)
    run(argv, log, {"LD_LIBRARY_PATH": f"{prefix_of}/lib"}, ok=range(256))
    text = log.read_text(errors="replace")
    for words in REFUSALS:
        if words in text:
            return next(line for line in text.splitlines() if words in line).strip()
    raise Failed(f"a plugin of another release is not refused: {log}")
