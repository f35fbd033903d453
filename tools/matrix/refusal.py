# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of one release in the testpmd of another: refused, and told why."""

import re

from places import Failed
from plugin import NAME, start

# By the driver, where the libraries' version is the same; else by the loader, which misses a
# library of the plugin's release, or by EAL, when the loader has found that one's EAL too.
REFUSAL = re.compile(r".*build it against that one.*|.*librte_\w+\.so\.\d+: cannot open shared.*"
                     r"|.*failed to initialize trace.*")


def pair(place, prefix_of, log):
    """Who refuses; fails when nobody does. Runs where the plugin was built: its C library may
    be newer than this machine's."""
    argv = start(f"{prefix_of}/bin/dpdk-testpmd", place.work / "build" / NAME)
    place.run(argv, log, {"LD_LIBRARY_PATH": f"{prefix_of}/lib"}, ok=range(256))
    said = REFUSAL.search(log.read_text(errors="replace"))
    if not said:
        raise Failed(f"a plugin of another release is not refused: {log}")
    return said.group(0).strip()
