# SPDX-License-Identifier: BSD-3-Clause
"""Data over one TCP connection between two namespaces, byte for byte, in superframes of any size."""

import os
import socket
import struct
import threading


def tcp_copy(client_ns, server_ns, address, data, port=9000, timeout=60):
    """Send data over one TCP connection between two namespaces; what arrived."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = server_ns.socket(family, socket.SOCK_STREAM, 0)
    client = client_ns.socket(family, socket.SOCK_STREAM, 0)
    try:
        server.bind((address, port))
        server.listen(1)
        server.settimeout(timeout)
        client.settimeout(timeout)

        def send():
            try:
                client.connect((address, port))
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                client.close()  # the reader sees it
        threading.Thread(target=send, daemon=True).start()
        conn, _ = server.accept()
        got = bytearray()
        with conn:
            conn.settimeout(timeout)
            while chunk := conn.recv(1 << 16):
                got += chunk
        return bytes(got)
    finally:
        client.close()
        server.close()


def allow_big_tcp(ns, iface, size):
    """As "ip link set gso_max_size SIZE gso_ipv4_max_size SIZE" of iproute2 6.3."""
    index = ns.link(iface)["ifindex"]
    body = struct.pack("=BxHiII", 0, 0, index, 0, 0)
    for attribute in (41, 63):  # IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE
        body += struct.pack("=HHI", 8, attribute, size)
    with ns.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as s:
        s.send(struct.pack("=IHHII", 16 + len(body), 16, 5, 1, 0) + body)  # RTM_NEWLINK, ACK
        error = struct.unpack_from("=i", s.recv(4096), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))
