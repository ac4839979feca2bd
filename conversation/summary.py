"""What a conversation's lists show follows from its journal: latest words, who waits for an answer. Pure.

Words said in the hot path are summed up a moment later, by updates that may arrive in any order; state changes sum up
what they write in the same commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conversation.model import Conversation, Entry, Mark, Spoken
from core.message import gist

MOST_ASKED = 100  # unanswered messages whose numbers are kept: lists show no more than 99


def summed_up(conversation: Conversation, entries: Iterable[Entry]) -> Conversation:
    """Return the conversation with its summary brought up to these entries, given in their order."""
    fields: dict[str, Any] = {}
    unanswered, asked = conversation.unanswered, conversation.asked
    for entry in entries:
        fields["last_seq"] = max(conversation.last_seq, entry.seq)
        if entry.kind != "message":
            continue
        mark = Mark(seq=entry.seq, at=entry.at)
        fields["last_message"] = spoken(entry)
        if entry.author.kind == "customer":
            unanswered, asked = unanswered or mark, (*asked, entry.seq)[-MOST_ASKED:]
            fields["last_customer"] = mark
        elif entry.author.kind == "agent":
            unanswered, asked = None, ()
            fields["answered_seq"] = entry.seq
    return conversation.model_copy(update={**fields, "unanswered": unanswered, "asked": asked})


def spoken(entry: Entry) -> Spoken:
    """Return an entry's words as lists show them."""
    return Spoken(text=gist(entry.parts), at=entry.at, author_kind=entry.author.kind)


def update(entries: Sequence[Entry], read: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the MongoDB update that sums up these entries, whatever has been summed up already.

    ``read``: side → number up to which it has read.
    """
    reading = {f"read.{side}": {"$max": [f"$read.{side}", seq]} for side, seq in read.items()}
    last = (_asked(entries) if entries else {}) | reading
    return [{"$set": fields} for fields in (*map(_stage, _telling(entries)), last) if fields]


def _telling(entries: Sequence[Entry]) -> list[Entry]:
    """Return the few among many entries that leave a trace: of each side the last, and whom the last answer misses."""
    in_order = sorted(entries, key=lambda entry: entry.seq)
    said = [entry for entry in in_order if entry.kind == "message"]
    answers = [entry for entry in said if entry.author.kind == "agent"][-1:]
    asked = [entry for entry in said if entry.author.kind == "customer"]
    unanswered = [entry for entry in asked if not answers or entry.seq > answers[0].seq][:1]
    kept = {entry.seq: entry for entry in (*answers, *unanswered, *asked[-1:], *said[-1:], *in_order[-1:])}
    return [kept[seq] for seq in sorted(kept)]


def _asked(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return which of the customer's messages are unanswered, once it is known how far agents have answered."""
    said = sorted(entry.seq for entry in entries if entry.kind == "message" and entry.author.kind == "customer")
    known = {"$setUnion": [{"$ifNull": ["$asked", []]}, said[-MOST_ASKED:]]}
    unanswered = {"$filter": {"input": known, "cond": {"$gt": ["$$this", "$answered_seq"]}}}
    return {"asked": {"$slice": [{"$sortArray": {"input": unanswered, "sortBy": 1}}, -MOST_ASKED]}}


def _stage(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = {"last_seq": {"$max": ["$last_seq", entry.seq]}}
    if entry.kind != "message":
        return fields
    mark = Mark(seq=entry.seq, at=entry.at).model_dump()
    latest = {"$gte": [entry.at, {"$ifNull": ["$last_message.at", entry.at]}]}
    fields["last_message"] = {"$cond": [latest, {"$literal": spoken(entry).model_dump()}, "$last_message"]}
    if entry.author.kind == "customer":
        earlier_waits = {"$lt": [{"$ifNull": ["$unanswered.seq", 10**9]}, entry.seq]}
        answered = {"$gte": ["$answered_seq", entry.seq]}
        fields["unanswered"] = {"$cond": [{"$or": [earlier_waits, answered]}, "$unanswered", mark]}
        newest = {"$gt": [entry.seq, {"$ifNull": ["$last_customer.seq", 0]}]}
        fields["last_customer"] = {"$cond": [newest, mark, "$last_customer"]}
    elif entry.author.kind == "agent":
        fields["answered_seq"] = {"$max": ["$answered_seq", entry.seq]}
        asked_later = {"$gt": [{"$ifNull": ["$unanswered.seq", 0]}, entry.seq]}
        newer = {"$gt": [{"$ifNull": ["$last_customer.seq", 0]}, entry.seq]}
        left = {"$cond": [newer, "$last_customer", None]}
        fields["unanswered"] = {"$cond": [asked_later, "$unanswered", left]}
    return fields
