"""What people and the clock can do with tickets and the service catalog (spec 5)."""

from ticketing.service.catalog import add_node, change_node, remove_node, set_priority
from ticketing.service.rearranging import merge, split, unmerge
from ticketing.service.requests import (
    ReplyFacts,
    close_ticket,
    hear,
    note_delivery,
    put_note,
    rate,
    remark,
    reply_facts,
    submit,
)
from ticketing.service.shared import Arrived, customer_named
from ticketing.service.work import assign, edit, open_by_hand, reply, restore, star, take, write_note

__all__ = [
    "Arrived",
    "ReplyFacts",
    "add_node",
    "assign",
    "change_node",
    "close_ticket",
    "customer_named",
    "edit",
    "hear",
    "merge",
    "note_delivery",
    "open_by_hand",
    "put_note",
    "rate",
    "remark",
    "remove_node",
    "reply",
    "reply_facts",
    "restore",
    "set_priority",
    "split",
    "star",
    "submit",
    "take",
    "unmerge",
    "write_note",
]
