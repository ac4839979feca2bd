"""Summing up words in the store gives what the journal says, in whatever order the updates arrive."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from conversation import lifecycle, summary
from conversation.model import Conversation, Entry, Visit
from core.db import Database, Insert
from core.message import Address, Author, Text
from core.model import Reference


@pytest.mark.parametrize("seed", range(12))
async def test_updates_in_any_order_sum_up_to_the_same(db: Database, seed: int) -> None:
    chance = random.Random(seed)
    now = db.now()
    begun = lifecycle.start(
        tenant_id="t",
        channel_id="ch",
        channel_kind="webchat",
        address=Address(kind="visitor", value="v"),
        customer=Reference(id="p"),
        priority=0,
        visit=Visit(),
        now=now,
    )
    decision = begun
    for number in range(12):
        by = chance.choice(["customer", "agent"])
        decision = lifecycle.say(
            decision,
            author=Author(kind=by, id=by),  # type: ignore[arg-type]
            parts=(Text(text=f"{by} {number}"),),
            now=now + timedelta(seconds=number),
            external_id=str(number),
            client_id=None,
            private="note" if by == "agent" and chance.random() < 0.3 else None,
        )
    await db.commit(Insert(begun.conversation))
    entries: list[Entry] = list(decision.entries)
    last_customer = max(e.seq for e in entries if e.author.kind == "customer")
    one_open_question = [e for e in entries if e.author.kind != "customer" or e.seq <= last_customer]
    shuffled = chance.sample(one_open_question, len(one_open_question))
    while shuffled:
        together = [shuffled.pop() for _ in range(chance.randint(1, len(shuffled)))]
        where = {"_id": begun.conversation.id, "tenant_id": "t"}
        await db["conversations"].update_one(where, summary.update(together, {}))
    stored = Conversation.from_mongo(await db["conversations"].find_one({"_id": begun.conversation.id}) or {})
    expected = summary.summed_up(begun.conversation, one_open_question)
    assert stored.last_seq == expected.last_seq
    assert stored.last_message == expected.last_message
    assert stored.answered_seq == expected.answered_seq
    assert stored.asked == expected.asked
    assert (stored.unanswered is None) == (expected.unanswered is None)
