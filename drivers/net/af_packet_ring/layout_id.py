#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 net_afpring contributors
"""usage: layout_id.py OUT DEPFILE

Writes a header with a number that stands for the text of all headers here: all
builds of one source have the same, whatever machine or directory they are made in,
and any change of a structure, or of an enum that indexes one, gives another.
"""
import hashlib
import sys
from pathlib import Path

out, depfile = sys.argv[1:]
headers = sorted(Path(__file__).parent.glob('*.h'))
digest = hashlib.sha256()
for path in headers:
    digest.update(path.name.encode() + b'\0' + path.read_bytes() + b'\0')
Path(out).write_text('/* Made by layout_id.py. */\n'
                     f'#define AFPRING_HEADERS_ID UINT64_C(0x{digest.hexdigest()[:16]})\n')
Path(depfile).write_text(f'{out}: {" ".join(map(str, headers))}\n')
