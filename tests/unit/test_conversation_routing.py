"""Routing, in rules that hold whatever comes: limits, order, exactly one agent (spec 3.2–3.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversation.model import Conversation
from conversation.routing import Destination, Place, assign, destination, in_order, positions
from core.message import Address
from core.model import Reference

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def waiting(number: int, *, priority: int = 0, minutes: float = 0.0) -> Conversation:
    """Return a conversation that waits."""
    return Conversation(
        id=f"c{number:03d}",
        tenant_id="t",
        channel_id="ch",
        channel_kind="webchat",
        address=Address(kind="visitor", value=f"v{number}"),
        customer=Reference(id=f"p{number}"),
        state="waiting",
        priority=priority,
        created_at=START,
        queued_at=START + timedelta(minutes=minutes),
    )


queues = st.lists(
    st.builds(waiting, st.integers(0, 999), priority=st.integers(0, 3), minutes=st.floats(0, 600, allow_nan=False)),
    unique_by=lambda conversation: conversation.id,
    max_size=40,
)
places = st.lists(
    st.builds(
        Place,
        st.integers(0, 30).map(lambda number: f"a{number:02d}"),
        st.integers(0, 6),
        st.none() | st.integers(0, 100).map(lambda minutes: START - timedelta(minutes=minutes)),
    ),
    unique_by=lambda place: place.agent_id,
    max_size=10,
)


@given(queues, places)
def test_nobody_gets_more_than_the_free_places(queue: list[Conversation], desk: list[Place]) -> None:
    given_to: dict[str, int] = {}
    for assignment in assign(queue, desk):
        given_to[assignment.agent_id] = given_to.get(assignment.agent_id, 0) + 1
    assert all(count <= place.free for place in desk if (count := given_to.get(place.agent_id, 0)))
    assert set(given_to) <= {place.agent_id for place in desk}


@given(queues, places)
def test_as_many_are_served_as_there_are_places_and_nobody_twice(queue: list[Conversation], desk: list[Place]) -> None:
    served = [assignment.conversation_id for assignment in assign(queue, desk)]
    assert len(served) == len(set(served)) == min(len(queue), sum(place.free for place in desk))


@given(queues, places)
def test_nobody_overtakes_except_by_priority(queue: list[Conversation], desk: list[Place]) -> None:
    served = {assignment.conversation_id for assignment in assign(queue, desk)}
    left = [conversation for conversation in queue if conversation.id not in served]
    for behind in left:
        assert all(
            (-ahead.priority, ahead.queued_at, ahead.id) < (-behind.priority, behind.queued_at, behind.id)
            for ahead in queue
            if ahead.id in served
        )


@given(queues, places)
def test_whoever_was_assigned_longest_ago_comes_first(queue: list[Conversation], desk: list[Place]) -> None:
    assignments = assign(queue, desk)
    able = [place for place in desk if place.free > 0]
    if not assignments:
        return
    first = next(place for place in able if place.agent_id == assignments[0].agent_id)
    for other in able:
        if other.last_assigned_at is None:
            assert first.last_assigned_at is None
        elif first.last_assigned_at is not None:
            assert first.last_assigned_at <= other.last_assigned_at


@given(queues, places)
def test_work_is_spread_evenly_among_free_agents(queue: list[Conversation], desk: list[Place]) -> None:
    counts = {place.agent_id: 0 for place in desk if place.free > 0}
    for assignment in assign(queue, desk):
        counts[assignment.agent_id] += 1
    room = {place.agent_id: place.free for place in desk}
    for one, count in counts.items():
        for other, fewer in counts.items():
            if fewer + 1 < count:
                assert fewer == room[other], f"{one} got {count} while {other} had room for more than {fewer}"


@given(queues)
def test_places_in_the_queue_are_one_to_n_in_the_order_of_service(queue: list[Conversation]) -> None:
    places_told = positions(queue)
    assert [places_told[conversation.id] for conversation in in_order(queue)] == list(range(1, len(queue) + 1))


desks = st.sampled_from(["responsible", "channel", "central"])


@given(st.sets(desks), st.booleans(), st.booleans())
def test_a_request_goes_by_function_then_by_channel_then_to_the_central_desk(
    on_duty: set[str], has_function: bool, has_channel_desk: bool
) -> None:
    goes = destination(
        responsible="responsible" if has_function else None,
        channel_desk="channel" if has_channel_desk else None,
        central_desk="central",
        on_duty=on_duty,
    )
    first = "responsible" if has_function else "channel" if has_channel_desk else "central"
    if first in on_duty:
        assert goes == Destination(first)
    elif "central" in on_duty:
        assert goes == Destination("central", overflowed=True)
    else:
        assert goes.desk_id is None
