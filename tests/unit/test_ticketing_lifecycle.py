"""A ticket's life, told as what people do to it (spec 5.1, 4.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import rooms
from core.errors import Invalid, Problem, Taken
from core.events import Actor
from core.message import Happening, Part, Text
from core.model import Reference
from ticketing import handling, lifecycle, states
from ticketing.decision import Decision
from ticketing.handling import Edit
from ticketing.lifecycle import Talk, join_conversation, open_from_conversation, open_ticket
from ticketing.model import Draft, Place, State, Ticket

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LI = Actor(kind="customer", id="c-li", name="李雷")
HAN = Actor(kind="agent", id="a-han", name="韩梅梅")
JIM = Actor(kind="agent", id="a-jim", name="Jim")
HAN_REF, JIM_REF = Reference(id="a-han", name="韩梅梅"), Reference(id="a-jim", name="Jim")
IT, HR = Reference(id="g-it", name="IT"), Reference(id="g-hr", name="HR")
HELLO: tuple[Part, ...] = (Text(text="打印机坏了, please help"),)
DRAFT = Draft(subject="打印机", customer=Reference(id="c-li", name="李雷"), group=IT, source="email")


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def opened(**fields: Any) -> Ticket:
    decision = open_ticket(DRAFT, tenant_id="acme", actor=LI, now=NOW, parts=HELLO)
    return decision.ticket.model_copy(update=fields)


def names(decision: Decision) -> list[str]:
    return [event.name for event in decision.events]


def happenings(decision: Decision) -> list[str]:
    return [
        part.name for entry in decision.entries if entry.kind == "event" for part in entry.parts
        if isinstance(part, Happening)
    ]  # fmt: skip


def test_a_customers_request_is_new_and_waits_for_an_agent() -> None:
    decision = open_ticket(DRAFT, tenant_id="acme", actor=LI, now=NOW, parts=HELLO)
    ticket = decision.ticket
    assert (ticket.state, ticket.priority, ticket.awaiting, ticket.waiting_since) == ("new", "P3", "agent", NOW)
    assert [entry.kind for entry in decision.entries] == ["event", "customer_reply"]
    assert ticket.last_entry
    assert ticket.last_entry.text == "打印机坏了, please help"
    assert {"打印", "help"} <= set(ticket.words)
    assert rooms.group("ticket", "g-it") in decision.events[0].audience
    assert rooms.customer("c-li") in decision.events[0].audience


def test_a_request_without_a_subject_is_called_by_its_first_words() -> None:
    decision = open_ticket(Draft(), tenant_id="acme", actor=LI, now=NOW, parts=HELLO)
    assert decision.ticket.subject == "打印机坏了, please help"
    with pytest.raises(Invalid):
        open_ticket(Draft(subject="  "), tenant_id="acme", actor=LI, now=NOW)


def test_the_catalog_presets_what_the_draft_leaves_open() -> None:
    place = Place(id="n2", path=("IT", "VPN"), ids=("n1", "n2"), type="incident", urgency="high", impact="high")
    ticket = open_ticket(
        DRAFT.model_copy(update={"place": place, "impact": "low"}), tenant_id="acme", actor=LI, now=NOW
    ).ticket
    assert (ticket.type, ticket.urgency, ticket.impact, ticket.priority) == ("incident", "high", "low", "P3")
    assert (ticket.catalog_node_id, ticket.catalog_path) == ("n2", ("IT", "VPN"))


def test_a_stranger_waits_in_quarantine_until_released() -> None:
    ticket = open_ticket(DRAFT, tenant_id="acme", actor=LI, now=NOW, quarantine="unknown_sender").ticket
    assert (ticket.state, ticket.quarantine_reason) == ("quarantined", "unknown_sender")
    with pytest.raises(Invalid, match="Release it first"):
        lifecycle.reply_as_agent(ticket, HELLO, actor=HAN, now=NOW)
    released = states.release(ticket, actor=HAN, now=NOW).ticket
    assert (released.state, released.quarantine_reason) == ("new", None)


# --- Public replies (spec 5.1) ---


def test_a_public_reply_makes_a_new_ticket_open() -> None:
    decision = lifecycle.reply_as_agent(opened(), HELLO, actor=HAN, now=later(hours=1))
    ticket = decision.ticket
    assert (ticket.state, ticket.opened_at) == ("open", later(hours=1))
    assert (ticket.awaiting, ticket.waiting_since) == ("customer", None)
    assert names(decision) == ["TicketReplied", "TicketStateChanged"]
    assert decision.events[0].after["entry_id"] == decision.entries[0].id
    assert rooms.customer("c-li") in decision.events[0].audience


def test_a_reply_may_set_the_ticket_pending() -> None:
    ticket = lifecycle.reply_as_agent(opened(), HELLO, actor=HAN, now=NOW, state="pending").ticket
    assert (ticket.state, ticket.pending_reason, ticket.awaiting) == ("pending", "customer", "customer")


def test_a_reply_may_solve_the_ticket_and_three_days_later_it_closes() -> None:
    decision = lifecycle.reply_as_agent(opened(), HELLO, actor=HAN, now=NOW, state="solved")
    assert (decision.ticket.state, decision.ticket.solved_at) == ("solved", NOW)
    (job,) = decision.jobs
    assert (job.key, job.kind, job.due_at) == (f"close:{decision.ticket.id}", "close_ticket", later(days=3))


def test_a_reply_in_the_other_states_changes_none() -> None:
    for state in ("open", "pending", "solved"):
        ticket = lifecycle.reply_as_agent(opened(state=state, pending_reason=None), HELLO, actor=HAN, now=NOW).ticket
        assert ticket.state == state


@pytest.mark.parametrize("state", ["pending", "solved"])
def test_a_customers_reply_opens_what_rests(state: State) -> None:
    resting = opened(state=state, pending_reason="customer", opened_at=NOW)
    decision = lifecycle.reply_as_customer(resting, HELLO, actor=LI, now=later(days=1))
    ticket = decision.ticket
    assert (ticket.state, ticket.pending_reason, ticket.awaiting) == ("open", None, "agent")
    assert ticket.opened_at == NOW, "only the first time counts for the response"
    assert decision.entries[0].kind == "customer_reply"


@pytest.mark.parametrize("state", ["new", "open", "quarantined"])
def test_a_customers_reply_leaves_other_states(state: State) -> None:
    assert lifecycle.reply_as_customer(opened(state=state), HELLO, actor=LI, now=NOW).ticket.state == state


@pytest.mark.parametrize("state", ["closed", "deleted"])
def test_a_customers_reply_to_what_is_over_opens_a_ticket_that_follows(state: State) -> None:
    old = opened(state=state, handler=HAN_REF, number=7)
    decision = lifecycle.reply_as_customer(old, HELLO, actor=LI, now=later(days=9), external_id="<2@x>")
    new = decision.ticket
    assert decision.was is None
    assert (new.state, new.follows_id, new.subject, new.group, new.handler) == ("new", old.id, old.subject, IT, None)
    assert [entry.external_id for entry in decision.entries if entry.kind == "customer_reply"] == ["<2@x>"]
    assert [entry.parts for entry in decision.entries if entry.ticket_id == old.id] == [
        (Happening(name="followed_up", data={"ticket_id": new.id}),)
    ]


def test_the_oldest_unanswered_words_count() -> None:
    ticket = lifecycle.reply_as_customer(opened(), HELLO, actor=LI, now=later(hours=1)).ticket
    assert ticket.waiting_since == NOW
    ticket = lifecycle.write_note(ticket, HELLO, actor=HAN, now=later(hours=2)).ticket
    assert ticket.waiting_since == NOW, "notes answer nobody"
    ticket = lifecycle.reply_as_agent(ticket, HELLO, actor=HAN, now=later(hours=3)).ticket
    ticket = lifecycle.reply_as_customer(ticket, HELLO, actor=LI, now=later(hours=4)).ticket
    assert ticket.waiting_since == later(hours=4)


def test_a_note_never_reaches_the_customer() -> None:
    decision = lifecycle.write_note(opened(), (Text(text="difficult"),), actor=HAN, now=NOW)
    assert decision.ticket.state == "new"
    assert not [room for event in decision.events for room in event.audience if room.startswith("customer:")]
    assert "difficult" not in decision.events[0].model_dump_json()


# --- States ---


def test_closing_waits_for_the_latest_solution() -> None:
    solved = states.solve(opened(state="open"), actor=HAN, now=NOW).ticket
    again = states.reopen(solved, actor=HAN, now=later(days=1)).ticket
    again = states.solve(again, actor=HAN, now=later(days=2)).ticket
    too_early = states.close(again, now=later(days=3))
    assert too_early.ticket is again
    assert too_early.jobs[0].due_at == later(days=5)
    assert states.close(again, now=later(days=5)).ticket.state == "closed"


def test_closing_leaves_a_reopened_ticket_alone() -> None:
    ticket = opened(state="open", solved_at=NOW)
    assert states.close(ticket, now=later(days=9)) == Decision(ticket=ticket, was=ticket)


def test_who_solves_what_nobody_handled_becomes_its_handler() -> None:
    assert states.solve(opened(), actor=HAN, now=NOW).ticket.handler == HAN_REF
    assert states.solve(opened(handler=JIM_REF), actor=HAN, now=NOW).ticket.handler == JIM_REF


@pytest.mark.parametrize("state", ["quarantined", "new", "open", "pending", "solved", "closed"])
def test_a_deleted_ticket_returns_to_where_it_was_within_thirty_days(state: State) -> None:
    ticket = opened(state=state, solved_at=NOW if state == "solved" else None)
    deleted = states.delete(ticket, actor=HAN, now=NOW, reason="spam").ticket
    assert (deleted.state, deleted.deleted_reason, deleted.deleted_at) == ("deleted", "spam", NOW)
    back = states.restore(deleted, actor=HAN, now=later(days=30)).ticket
    assert (back.state, back.deleted_at, back.deleted_reason) == (state, None, None)
    with pytest.raises(Invalid, match="more than 30 days"):
        states.restore(deleted, actor=HAN, now=later(days=30, seconds=1))


def test_a_restored_solved_ticket_still_closes() -> None:
    deleted = states.delete(opened(state="solved", solved_at=NOW), actor=HAN, now=NOW).ticket
    assert states.restore(deleted, actor=HAN, now=later(days=9)).jobs[0].due_at == later(days=3)


def test_nothing_is_restored_that_was_not_deleted() -> None:
    with pytest.raises(Invalid, match="not deleted"):
        states.restore(opened(), actor=HAN, now=NOW)


def test_the_customer_is_not_told_of_a_deletion() -> None:
    (event,) = states.delete(opened(), actor=HAN, now=NOW).events
    assert rooms.customer("c-li") not in event.audience


# --- Handlers ---


def test_the_first_to_take_it_owns_it_and_the_second_is_told_by_whom() -> None:
    decision = handling.take(opened(), agent=HAN_REF, actor=HAN, now=later(minutes=5))
    assert (decision.ticket.handler, decision.ticket.state) == (HAN_REF, "open")
    assert decision.ticket.opened_at == later(minutes=5)
    with pytest.raises(Taken, match="韩梅梅 was faster") as taken:
        handling.take(decision.ticket, agent=JIM_REF, actor=JIM, now=NOW)
    assert taken.value.facts["handler"]["id"] == "a-han"
    assert handling.take(decision.ticket, agent=HAN_REF, actor=HAN, now=NOW).events == ()


def test_both_groups_and_both_agents_learn_of_an_assignment() -> None:
    ticket = opened(handler=HAN_REF, state="open")
    decision = handling.assign(ticket, group=HR, handler=JIM_REF, actor=HAN, now=NOW)
    assert {
        rooms.group("ticket", "g-it"),
        rooms.group("ticket", "g-hr"),
        rooms.agent("a-han"),
        rooms.agent("a-jim"),
    } <= set(decision.events[0].audience)
    assert happenings(decision) == ["assigned"]


def test_assigning_to_a_group_leaves_a_new_ticket_new() -> None:
    assert handling.assign(opened(), group=HR, handler=None, actor=HAN, now=NOW).ticket.state == "new"
    assert handling.assign(opened(), group=HR, handler=JIM_REF, actor=HAN, now=NOW).ticket.state == "open"


@pytest.mark.parametrize("state", ["closed", "deleted", "quarantined", "solved"])
def test_nobody_takes_what_needs_no_work(state: State) -> None:
    with pytest.raises(Invalid, match=r"first|follows"):
        handling.take(opened(state=state), agent=HAN_REF, actor=HAN, now=NOW)


# --- Fields ---


def test_urgency_and_impact_make_the_priority_unless_it_is_said() -> None:
    edit = handling.edit(opened(), Edit(urgency="high", impact="high"), actor=HAN, now=NOW)
    assert edit.ticket.priority == "P1"
    said = handling.edit(opened(), Edit(urgency="high", priority="P5"), actor=HAN, now=NOW)
    assert said.ticket.priority == "P5"


def test_each_changed_field_is_a_line_and_in_the_audit_log() -> None:
    decision = handling.edit(
        opened(), Edit(subject="打印机坏了", tags=("a", "b", "a"), type="question"), actor=HAN, now=NOW
    )
    changed = {part.data["field"] for entry in decision.entries for part in entry.parts if isinstance(part, Happening)}
    assert changed == {"subject", "tags"}
    assert decision.events[0].before == {"subject": "打印机", "tags": []}
    assert decision.events[0].after == {"subject": "打印机坏了", "tags": ["a", "b"]}


def test_an_edit_that_changes_nothing_is_nothing() -> None:
    ticket = opened()
    assert handling.edit(ticket, Edit(subject=ticket.subject), actor=HAN, now=NOW) == Decision(ticket, ticket)


def test_a_catalog_node_brings_its_presets_and_can_be_taken_off() -> None:
    place = Place(id="n2", path=("IT", "VPN"), ids=("n1", "n2"), type="incident", urgency="high")
    ticket = handling.edit(opened(), Edit(place=place), actor=HAN, now=NOW).ticket
    assert (ticket.catalog_path, ticket.type, ticket.priority) == (("IT", "VPN"), "incident", "P2")
    off = handling.edit(ticket, Edit(place=None), actor=HAN, now=NOW).ticket
    assert (off.catalog_node_id, off.catalog_path, off.catalog_ids) == (None, (), ())


# --- Conversations (spec 4.7) ---

TALK = Talk(id="v1", text="我的打印机坏了 the toner is empty")


def from_conversation(outcome: lifecycle.Outcome, **more: Any) -> Decision:
    draft = DRAFT.model_copy(update={"handler": HAN_REF})
    return open_from_conversation(draft, TALK, outcome, tenant_id="acme", actor=HAN, now=NOW, **more)


def test_a_solved_conversation_is_a_solved_ticket_and_asks_how_it_was() -> None:
    decision = from_conversation("solved")
    assert (decision.ticket.state, decision.asks_rating, decision.was) == ("solved", True, None)
    assert decision.ticket.source == "conversation"
    assert decision.ticket.conversation_ids == ("v1",)
    assert decision.jobs[0].kind == "close_ticket"
    assert {"toner", "打印"} <= set(decision.ticket.words)
    assert happenings(decision) == ["opened", "conversation_joined", "state_changed"]


def test_an_unsolved_conversation_is_an_open_ticket_with_whom_it_is_assigned_to() -> None:
    decision = from_conversation("unsolved", note=(Text(text="needs a new toner"),))
    assert (decision.ticket.state, decision.ticket.handler, decision.asks_rating) == ("open", HAN_REF, False)
    assert [entry.kind for entry in decision.entries] == ["event", "note"]


def test_a_refused_conversation_is_a_deleted_ticket_with_its_reason() -> None:
    decision = from_conversation("refused", reason="  advertising ")
    assert (decision.ticket.state, decision.ticket.deleted_reason) == ("deleted", "advertising")
    assert not any(room.startswith("customer:") for event in decision.events for room in event.audience)
    with pytest.raises(Invalid, match="Say why"):
        from_conversation("refused", reason=" ")


def test_a_conversation_that_ended_by_silence_is_tagged() -> None:
    talk = TALK.model_copy(update={"ended_by_silence": True})
    decision = open_from_conversation(DRAFT, talk, "solved", tenant_id="acme", actor=HAN, now=NOW)
    assert decision.ticket.tags == ("auto-ended",)


@pytest.mark.parametrize(
    ("state", "outcome", "becomes"),
    [
        ("open", "solved", "solved"), ("pending", "unsolved", "open"), ("new", "unsolved", "open"),
        ("solved", "unsolved", "open"), ("solved", "solved", "solved"), ("open", "refused", "open"),
        ("closed", "unsolved", "closed"), ("deleted", "solved", "deleted"), ("pending", None, "pending"),
    ],
)  # fmt: skip
def test_a_conversation_joins_the_ticket_it_is_linked_to(
    state: State, outcome: lifecycle.Outcome | None, becomes: State
) -> None:
    ticket = opened(state=state)
    decision = join_conversation(ticket, TALK, outcome, actor=HAN, now=NOW)
    assert (decision.ticket.state, decision.ticket.conversation_ids) == (becomes, ("v1",))
    assert happenings(decision)[0] == "conversation_joined"
    again = join_conversation(decision.ticket, TALK, None, actor=HAN, now=NOW)
    assert again.ticket is decision.ticket


# --- Whatever people do, in any order ---

ACTS = {
    "agent replies": lambda t, now: lifecycle.reply_as_agent(t, HELLO, actor=HAN, now=now),
    "agent solves with a reply": lambda t, now: lifecycle.reply_as_agent(t, HELLO, actor=HAN, now=now, state="solved"),
    "customer replies": lambda t, now: lifecycle.reply_as_customer(t, HELLO, actor=LI, now=now),
    "note": lambda t, now: lifecycle.write_note(t, HELLO, actor=HAN, now=now),
    "take": lambda t, now: handling.take(t, agent=HAN_REF, actor=HAN, now=now),
    "take by Jim": lambda t, now: handling.take(t, agent=JIM_REF, actor=JIM, now=now),
    "assign": lambda t, now: handling.assign(t, group=HR, handler=None, actor=HAN, now=now),
    "edit": lambda t, now: handling.edit(t, Edit(urgency="high", tags=("x",)), actor=HAN, now=now),
    "pend": lambda t, now: states.change_state(t, "pending", actor=HAN, now=now, pending_reason="conditions"),
    "solve": lambda t, now: states.change_state(t, "solved", actor=HAN, now=now),
    "reopen": lambda t, now: states.change_state(t, "open", actor=HAN, now=now),
    "close": lambda t, now: states.close(t, now=now),
    "delete": lambda t, now: states.change_state(t, "deleted", actor=HAN, now=now),
    "restore": lambda t, now: states.restore(t, actor=HAN, now=now),
    "join": lambda t, now: join_conversation(t, TALK, "unsolved", actor=HAN, now=now),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 4 * 86_400)), max_size=15))
def test_whatever_people_do_the_ticket_stays_sound(acts: list[tuple[str, int]]) -> None:
    ticket, now = opened(), NOW
    for act, seconds in acts:
        now += timedelta(seconds=seconds)
        try:
            decision = ACTS[act](ticket, now)
        except Problem:
            continue
        after = decision.ticket
        if decision.was is None:  # another ticket that follows
            assert after.follows_id == ticket.id
            assert ticket.state in ("closed", "deleted")
            continue
        assert decision.was is ticket
        assert (after.version > ticket.version) == (after is not ticket) == bool(decision.events)
        assert (after.pending_reason is None) == ("pending" not in (after.state, after.deleted_from))
        assert (after.deleted_at is None) == (after.state != "deleted")
        assert after.state != "closed" or after.closed_at is not None
        assert after.state not in ("solved", "closed") or after.awaiting is None
        assert (
            after.state not in ("open", "pending", "solved") or after.opened_at is not None or after.state == "pending"
        )
        assert after.state != "solved" or after.solved_at is not None
        assert after.state == ticket.state or after.state in (*states.NEXT[ticket.state], ticket.deleted_from)
        assert all(event.audience for event in decision.events)
        ticket = after
