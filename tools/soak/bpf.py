# SPDX-License-Identifier: BSD-3-Clause
"""Two programs on interfaces, by bpf(2) alone."""
import ctypes
import os
import platform
import struct

from lab.process import Missing

CALL = {'x86_64': 321, 'aarch64': 280, 'riscv64': 280}.get(platform.machine())
PROG_LOAD, LINK_CREATE = 5, 28
TYPE_TC, TYPE_XDP = 3, 6
AT_XDP, AT_TC_INGRESS = 37, 46
XDP_FLAGS = {'generic': 2, 'native': 4}
XDP_PASS = 2
REDIRECT, TO_INGRESS = 23, 1  # bpf_redirect(index, BPF_F_INGRESS)
_libc = ctypes.CDLL(None, use_errno=True)


def _set(register, value):
    return struct.pack('=BBhi', 0xb7, register, 0, value)


def _call(helper):
    return struct.pack('=BBhi', 0x85, 0, 0, helper)


def _exit():
    return struct.pack('=BBhi', 0x95, 0, 0, 0)


def _bpf(command, attributes):
    if CALL is None:
        raise Missing(f'the number of bpf(2) on {platform.machine()} is not known')
    room = ctypes.create_string_buffer(attributes, 128)
    fd = _libc.syscall(CALL, command, room, len(room))
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


class Attached:
    """A program on an interface until close(), or until the interface goes."""

    def __init__(self, ns, iface, kind, at, code, flags=0):
        index = ns.link(iface)['ifindex']
        text, licence = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b'BSD')
        program = _bpf(PROG_LOAD, struct.pack('=IIQQ', kind, len(code) // 8, ctypes.addressof(text),
                                              ctypes.addressof(licence)))
        try:
            with ns.entered():
                self.fd = _bpf(LINK_CREATE, struct.pack('=IIII', program, index, at, flags))
        finally:
            os.close(program)

    def close(self):
        os.close(self.fd)


def let_pass(ns, iface, mode):
    """An XDP program, generic or native, that lets every packet pass."""
    return Attached(ns, iface, TYPE_XDP, AT_XDP, _set(0, XDP_PASS) + _exit(), XDP_FLAGS[mode])


def redirect(ns, iface, to):
    """What `iface` receives is received by `to` instead; Linux 6.6."""
    index = ns.link(to)['ifindex']
    return Attached(ns, iface, TYPE_TC, AT_TC_INGRESS,
                    _set(1, index) + _set(2, TO_INGRESS) + _call(REDIRECT) + _exit())
