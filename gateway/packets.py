"""What is taken from a socket before anybody acts on it: plain events with a name, none of python-socketio's own."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson
from socketio import packet

OWN = frozenset({"connect", "disconnect"})  # python-socketio tells them to namespaces; clients must not
NOBODY = "/nobody"  # a namespace that nobody can connect to
USUAL = re.compile(r"42(/[\w/-]{1,50}),(\d{0,9})(?=\[)", re.ASCII)


class UsualEvent(NamedTuple):
    """A plain event as browsers send it: to a namespace of ours, with or without a wish for an acknowledgement."""

    namespace: str
    id: str  # as it was sent; empty: nobody waits for an answer
    name: str
    arguments: list[Any]


def usual_event(text: str) -> UsualEvent | None:
    """Return the event that an Engine.IO packet carries, or None for everything that is not a usual event."""
    head = USUAL.match(text)
    if head is None:
        return None
    try:
        name, *arguments = orjson.loads(text[head.end() :])
    except ValueError:
        return None
    if not isinstance(name, str) or name in OWN:
        return None
    return UsualEvent(head[1], head[2], name, arguments)


def encoded_event(namespace: str, name: str, data: Any) -> str:
    """Return the Socket.IO packet of an event (Socket.IO protocol v5)."""
    where = "" if namespace == "/" else f"{namespace},"
    return f"2{where}{orjson.dumps([name, data]).decode()}"


def encoded_answer(event: UsualEvent, answer: Any) -> str:
    """Return the Socket.IO packet that acknowledges an event."""
    return f"3{event.namespace},{event.id}{orjson.dumps([] if answer is None else [answer]).decode()}"


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
