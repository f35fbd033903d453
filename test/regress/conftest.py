# SPDX-License-Identifier: BSD-3-Clause
"""One test for each bug that was found, with the harness of the port tests."""

import os
import sys

TEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TEST, "lib"), os.path.join(TEST, "port")]

from fixtures import *  # noqa: E402,F401,F403
