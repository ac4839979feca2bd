"""Ports for processes that come back at the same address after a kill."""

from __future__ import annotations

import random
import socket

from gateway.embedded import PORTS


def free_port() -> int:
    """Return a port that nobody listens on, below the range that the kernel gives to outgoing connections."""
    for port in random.sample(PORTS, 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
