# SPDX-License-Identifier: BSD-3-Clause
"""`./run matrix --full` ran the core of the port tests alone where pytest is of release 8: of a folder
and of files in it, it takes the files.
"""

import os
import subprocess
import sys

from lab.process import ROOT

sys.path.insert(0, f"{ROOT}/tools/matrix")
from releases import CORE, FULL  # noqa: E402


def test_no_file_beside_its_folder():
    for name in FULL:
        assert not any(other != name and name.startswith(f"{other}/") for other in FULL), name


def test_every_port_test_is_in_it_and_all_of_the_core():
    def files(names):  # below test/
        listed = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p",
                                 "no:cacheprovider", *names], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return {line.split("::")[0] for line in listed.splitlines() if "::" in line}
    port = {f"port/{name}" for name in os.listdir(f"{ROOT}/test/port") if name.startswith("test_")}
    assert files(FULL) >= port | files(CORE)
