# SPDX-License-Identifier: BSD-3-Clause
"""The tests of the plugin on other kernels than this machine's."""
