# SPDX-License-Identifier: BSD-3-Clause
"""Data over one TCP connection between two namespaces, byte for byte."""

import socket
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
