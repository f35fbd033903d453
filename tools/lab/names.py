# SPDX-License-Identifier: BSD-3-Clause
"""The names of the driver's own extended statistics, in one place."""

TX_OVERSIZE = "tx_oversize"
