# SPDX-License-Identifier: BSD-3-Clause
"""An XDP program on an interface, by bpf(2) alone: it lets every packet pass."""
import ctypes
import os
import platform
import struct

from lab.process import Missing

BPF = {'x86_64': 321, 'aarch64': 280, 'riscv64': 280}.get(platform.machine())
PROG_LOAD, LINK_CREATE = 5, 28
PROG_TYPE_XDP, ATTACH_XDP = 6, 37
FLAGS = {'generic': 2, 'native': 4}
XDP_PASS = 2
MOV_R0, EXIT = 0xb7, 0x95
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attributes):
    room = ctypes.create_string_buffer(attributes, 128)
    fd = _libc.syscall(BPF, command, room, len(room))
    if fd < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


def _program():
    code = ctypes.create_string_buffer(
        struct.pack('=BBhi', MOV_R0, 0, 0, XDP_PASS) + struct.pack('=BBhi', EXIT, 0, 0, 0))
    name = ctypes.create_string_buffer(b'BSD')
    return _bpf(PROG_LOAD, struct.pack('=IIQQ', PROG_TYPE_XDP, 2, ctypes.addressof(code),
                                       ctypes.addressof(name)))


class Xdp:
    """Attached until close(), or until the interface goes."""

    def __init__(self, ns, iface, mode):
        if BPF is None:
            raise Missing(f'the number of bpf(2) on {platform.machine()} is not known')
        self.mode = mode
        index = ns.link(iface)['ifindex']
        program = _program()
        try:
            with ns.entered():
                self.fd = _bpf(LINK_CREATE, struct.pack('=IIII', program, index, ATTACH_XDP,
                                                        FLAGS[mode]))
        finally:
            os.close(program)

    def close(self):
        os.close(self.fd)
