# SPDX-License-Identifier: BSD-3-Clause
"""Two hosts, a device under test between them, and the programs that run there."""
