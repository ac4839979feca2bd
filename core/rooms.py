"""Rooms: the names of the audiences that live events are sent to."""

from __future__ import annotations

from typing import Literal

Kind = Literal["conversation", "ticket", "customer"]  # what one is told of only with the permission to read it


def agent(agent_id: str) -> str:
    """All of one agent's browsers."""
    return f"agent:{agent_id}"


def group(kind: Kind, group_id: str) -> str:
    """The members of a group whose data scope holds what belongs to the group."""
    return f"{kind}s:group:{group_id}"


def members(kind: Kind, group_id: str) -> str:
    """All members of a group, whatever their data scope: for who waits there, and for what the group is asked."""
    return f"{kind}s:members:{group_id}"


def everyone(kind: Kind, tenant_id: str) -> str:
    """All agents of a tenant whose data scope is `all`."""
    return f"{kind}s:tenant:{tenant_id}"


def agents_of(tenant_id: str) -> str:
    """All agents of a tenant, whatever their data scope: for what everybody may know (names, presence)."""
    return f"agents:{tenant_id}"


def monitors(tenant_id: str) -> str:
    """All agents of a tenant who watch over others' conversations: leaders."""
    return f"monitors:{tenant_id}"


def customer(customer_id: str) -> str:
    """All browsers of one customer."""
    return f"customer:{customer_id}"


def transcript(conversation_id: str) -> str:
    """Agents who follow one conversation's transcript, private notes included."""
    return f"transcript:{conversation_id}"


def outsider(guest_id: str) -> str:
    """All browsers of one guest from outside."""
    return f"outsider:{guest_id}"


def address(channel_id: str, value: str) -> str:
    """All browsers of whoever is reached at this address of a channel, known as a customer or not."""
    return f"address:{channel_id}:{value}"
