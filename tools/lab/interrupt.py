# SPDX-License-Identifier: BSD-3-Clause
"""Signals that end a command in order, as Ctrl-C does."""
import signal
import sys

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _raise(signum, _frame):
    raise KeyboardInterrupt(signal.Signals(signum).name)


def heed(signals=SIGNALS):
    """From now on each of them is a KeyboardInterrupt with its name, and what runs is ended."""
    for number in signals:
        signal.signal(number, _raise)


def run(main, then=''):
    """Exit with the status of main(), or with 130 and a line when it was interrupted."""
    heed()
    try:
        sys.exit(main())
    except KeyboardInterrupt as why:
        print(f'interrupted ({why}){then}', file=sys.stderr)
        sys.exit(130)
