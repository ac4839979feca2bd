"""What an agent can be allowed to do, by name, and what the built-in roles allow (spec 1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from core.errors import N_

Permission = Literal[
    "ticket.read",
    "ticket.create",
    "ticket.edit",
    "ticket.reply",
    "ticket.assign",
    "ticket.delete",
    "ticket.restore",
    "conversation.read",
    "conversation.serve",
    "conversation.end",
    "conversation.monitor",
    "customer.read",
    "customer.edit",
    "organization.manage",
    "people.manage",
    "role.manage",
    "channel.manage",
    "catalog.manage",
    "settings.manage",
    "audit.read",
    "job.manage",
]

#: permission → what it allows, in one line for the role editor.
PERMISSIONS: Final[dict[Permission, str]] = {
    "ticket.read": N_("See tickets"),
    "ticket.create": N_("Open tickets"),
    "ticket.edit": N_("Change a ticket's fields and state"),
    "ticket.reply": N_("Answer customers and write notes in tickets"),
    "ticket.assign": N_("Take tickets and assign them to agents and groups"),
    "ticket.delete": N_("Delete tickets"),
    "ticket.restore": N_("Restore deleted tickets"),
    "conversation.read": N_("See conversations and their transcripts"),
    "conversation.serve": N_("Serve customers in live conversations"),
    "conversation.end": N_("End conversations and turn them into tickets"),
    "conversation.monitor": N_("Watch, join and move other agents' conversations"),
    "customer.read": N_("See customers and organizations"),
    "customer.edit": N_("Create and change customers"),
    "organization.manage": N_("Create, change and delete organizations"),
    "people.manage": N_("Invite, change and deactivate agents; manage groups"),
    "role.manage": N_("Create, change and delete roles"),
    "channel.manage": N_("Set up channels"),
    "catalog.manage": N_("Edit the service catalog"),
    "settings.manage": N_("Change the company's settings"),
    "audit.read": N_("Read the audit log"),
    "job.manage": N_("See failed background work and retry it"),
}

ALL: Final[frozenset[Permission]] = frozenset(get_args(Permission))

BuiltIn = Literal["founder", "administrator", "agent", "auditor"]
Scope = Literal["own", "groups", "all"]

#: How far each data scope reaches, to compare two.
REACH: Final[dict[Scope, int]] = {"own": 0, "groups": 1, "all": 2}

#: built-in role → (permissions, data scope); a release that adds a permission gives it to them at once.
BUILT_IN: Final[dict[BuiltIn, tuple[frozenset[Permission], Scope]]] = {
    "founder": (ALL, "all"),
    "administrator": (ALL, "all"),
    "agent": (
        frozenset(
            {
                "ticket.read",
                "ticket.create",
                "ticket.edit",
                "ticket.reply",
                "ticket.assign",
                "conversation.read",
                "conversation.serve",
                "conversation.end",
                "customer.read",
                "customer.edit",
            }
        ),
        "groups",
    ),
    "auditor": (
        frozenset({"ticket.read", "conversation.read", "customer.read", "audit.read"}),
        "all",
    ),
}


def known(names: Iterable[str]) -> frozenset[Permission]:
    """Return those of the names that are permissions of this release; stored roles may carry older ones."""
    return ALL & frozenset(names)


def covers(mine: frozenset[Permission], my_scope: Scope, theirs: frozenset[Permission], their_scope: Scope) -> bool:
    """Return whether rights include other rights: nobody hands out more than they have."""
    return theirs <= mine and REACH[their_scope] <= REACH[my_scope]
