"""What people and the clock can do with tickets and the service catalog (spec 5)."""

from ticketing.service.catalog import add_node, change_node, remove_node, set_priority
from ticketing.service.requests import (
    ReplyFacts,
    close_ticket,
    hear,
    note_delivery,
    rate,
    remark,
    reply_facts,
    submit,
)
from ticketing.service.shared import customer_named
from ticketing.service.work import assign, edit, open_by_hand, reply, restore, star, take, write_note

__all__ = [
    "ReplyFacts",
    "add_node",
    "assign",
    "change_node",
    "close_ticket",
    "customer_named",
    "edit",
    "hear",
    "note_delivery",
    "open_by_hand",
    "rate",
    "remark",
    "remove_node",
    "reply",
    "reply_facts",
    "restore",
    "set_priority",
    "star",
    "submit",
    "take",
    "write_note",
]
