# SPDX-License-Identifier: BSD-3-Clause
"""The endurance run of `run soak`."""
