# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures of every suite: see tools/lab/fixtures.py, and the environment variables it reads."""

from lab.fixtures import *  # noqa: F401,F403
