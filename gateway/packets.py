"""What is taken from a socket before anybody acts on it: plain events with a name, none of python-socketio's own."""

from __future__ import annotations

from typing import Any

from socketio import packet

OWN = frozenset({"connect", "disconnect"})  # python-socketio tells them to namespaces; clients must not
NOBODY = "/nobody"  # a namespace that nobody can connect to


class Packet(packet.Packet):  # type: ignore[misc]  # python-socketio has no types
    """A packet whose rubbish is an event that nobody listens to: it costs nothing, and no other socket notices.

    We send and take no bytes by socket: attachments would wait in memory for others that never come.
    """

    uses_binary_events = False  # else every packet is searched for bytes, all the way down
    data: Any

    def decode(self, encoded_packet: Any) -> int:
        """Read what a client sent; return the number of attachments to wait for, which is none."""
        try:
            attachments = super().decode(encoded_packet)
            is_fit = not attachments and self._is_fit()
        except (ValueError, TypeError, RecursionError):
            is_fit = False
        if not is_fit:
            self.packet_type, self.namespace, self.id, self.data = packet.EVENT, NOBODY, None, ["rubbish"]
        return 0

    def _is_fit(self) -> bool:
        match self.packet_type:
            case packet.CONNECT | packet.DISCONNECT:
                return True
            case packet.ACK:
                return isinstance(self.data, list)
            case packet.EVENT:
                name = self.data[0] if isinstance(self.data, list) and self.data else None
                return isinstance(name, str) and name not in OWN
            case _:
                return False
