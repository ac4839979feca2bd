"""A commit is one act: what changed, what happened and what follows are stored together, or nothing is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from pymongo.asynchronous.client_session import AsyncClientSession

from core.db import Committed, Database, Insert, Remove, Save, Update, connect, retried
from core.errors import Conflict, Duplicate, Taken, Unavailable
from core.events import SYSTEM, Event
from core.ids import new_id
from core.jobs import Later
from core.model import Document
from gateway.embedded import PORTS
from tests.clock import FakeClock

ACME = "acme"


class Parcel(Document):
    collection: ClassVar[str] = "parcels"

    label: str
    weight: int = 1
    arrived_at: datetime | None = None
    stamps: tuple[str, ...] = ()
    note: str | None = None

    def to_mongo(self) -> dict[str, Any]:
        """Leave out an empty note, as documents with partial indexes do."""
        stored = super().to_mongo()
        if self.note is None:
            del stored["note"]
        return stored


@pytest.fixture(autouse=True)
async def labels_are_unique(db: Database) -> None:
    await db["parcels"].create_index(
        [("tenant_id", 1), ("label", 1)], unique=True, partialFilterExpression={"label": {"$type": "string"}}
    )


def parcel(label: str, **fields: Any) -> Parcel:
    return Parcel(id=f"parcel-{label}", tenant_id=ACME, label=label, **fields)


def happened(name: str, db: Database) -> Event:
    return Event(
        id=new_id(db.now()), tenant_id=ACME, name=name, at=db.now(), actor=SYSTEM,
        subject_kind="parcel", subject_id="parcel-red",
    )  # fmt: skip


def later(key: str, db: Database, **fields: Any) -> Later:
    return Later(key=key, kind="weigh", tenant_id=ACME, due_at=db.now(), **fields)


async def stored(db: Database, label: str = "red") -> Parcel:
    found = await db["parcels"].find_one({"tenant_id": ACME, "label": label})
    assert found, f"no parcel {label}"
    return Parcel.from_mongo(found)


async def everything(db: Database) -> tuple[list[str], list[str], list[str]]:
    """Labels of parcels, names of events and keys of jobs that are stored."""
    parcels = [row["label"] async for row in db["parcels"].find().sort("_id")]
    events = [row["name"] async for row in db["events"].find().sort("_id")]
    jobs = [row["_id"] async for row in db["jobs"].find().sort("_id")]
    return parcels, events, jobs


class Stumbles:
    """A change that writes something and then fails, as a programming fault would."""

    async def apply(self, db: Database, session: AsyncClientSession) -> None:
        await db["parcels"].insert_one({"_id": "half", "tenant_id": ACME, "label": "half"}, session=session)
        raise RuntimeError("stumbled")


async def test_changes_events_and_jobs_are_stored_together(db: Database) -> None:
    await db.commit(
        Insert(parcel("red")), Insert(parcel("blue")),
        events=[happened("ParcelArrived", db)], jobs=[later("weigh:red", db)],
    )  # fmt: skip

    assert await everything(db) == (["blue", "red"], ["ParcelArrived"], ["weigh:red"])


async def test_a_document_comes_back_as_it_was_stored(db: Database) -> None:
    arrived = parcel("red", weight=7, arrived_at=db.now(), stamps=("fragile", "易碎"))
    await db.commit(Insert(arrived))
    assert await stored(db) == arrived


async def test_a_fault_in_the_middle_leaves_nothing(db: Database) -> None:
    told: list[Committed] = []
    db.listeners.append(_append_to(told))

    with pytest.raises(RuntimeError, match="stumbled"):
        await db.commit(
            Insert(parcel("red")), Stumbles(),
            events=[happened("ParcelArrived", db)], jobs=[later("weigh:red", db)],
        )  # fmt: skip

    assert await everything(db) == ([], [], [])
    assert told == []


async def test_a_label_in_use_is_a_duplicate_and_nothing_of_the_commit_is_stored(db: Database) -> None:
    await db.commit(Insert(parcel("red")))

    with pytest.raises(Duplicate) as refused:
        await db.commit(
            Insert(parcel("blue")), Insert(parcel("red").model_copy(update={"id": "another"})),
            events=[happened("ParcelArrived", db)], jobs=[later("weigh:red", db)],
        )  # fmt: skip

    assert refused.value.facts == {"field": "label"}
    assert await everything(db) == (["red"], [], [])


async def test_an_id_that_somebody_else_took_is_a_conflict(db: Database) -> None:
    await db.commit(Insert(parcel("red")))
    with pytest.raises(Conflict) as refused:
        await db.commit(Insert(parcel("red").model_copy(update={"label": "blue"})))
    assert type(refused.value) is Conflict
    assert await everything(db) == (["red"], [], [])


async def test_the_same_event_twice_is_a_conflict(db: Database) -> None:
    event = happened("ParcelArrived", db)
    await db.commit(events=[event])
    with pytest.raises(Conflict):
        await db.commit(Insert(parcel("red")), events=[event])
    assert await everything(db) == ([], ["ParcelArrived"], [])


async def test_save_writes_only_the_fields_that_changed(db: Database) -> None:
    red = parcel("red", weight=1)
    await db.commit(Insert(red))
    await db["parcels"].update_one({"_id": red.id}, {"$set": {"stamps": ["from elsewhere"]}})

    await db.commit(Save(red.changed(weight=2), was=red))

    found = await stored(db)
    assert (found.weight, found.stamps, found.version) == (2, ("from elsewhere",), 2)


async def test_save_can_empty_a_field(db: Database) -> None:
    red = parcel("red", arrived_at=db.now())
    await db.commit(Insert(red))
    await db.commit(Save(red.changed(arrived_at=None), was=red))
    assert (await stored(db)).arrived_at is None


async def test_save_takes_away_what_the_document_no_longer_stores(db: Database) -> None:
    red = parcel("red", note="fragile")
    await db.commit(Insert(red))
    await db.commit(Save(red.changed(note=None), was=red))
    assert "note" not in (await db["parcels"].find_one({"_id": red.id}) or {})


async def test_save_over_somebody_elses_change_is_a_conflict_and_changes_nothing(db: Database) -> None:
    red = parcel("red")
    await db.commit(Insert(red))
    await db.commit(Save(red.changed(weight=2), was=red))

    with pytest.raises(Conflict):
        await db.commit(
            Insert(parcel("blue")), Save(red.changed(weight=3), was=red),
            events=[happened("ParcelWeighed", db)], jobs=[later("weigh:red", db)],
        )  # fmt: skip

    assert (await stored(db)).weight == 2
    assert await everything(db) == (["red"], [], [])


async def test_save_without_changed_moves_the_version_all_the_same(db: Database) -> None:
    red = parcel("red")
    await db.commit(Insert(red))
    await db.commit(Save(red.model_copy(update={"weight": 2}), was=red))
    assert (await stored(db)).version == 2


async def test_save_and_remove_do_not_reach_into_another_tenant(db: Database) -> None:
    await db.commit(Insert(parcel("red")))
    theirs = parcel("red").model_copy(update={"tenant_id": "umbrella"})
    for change in (Save(theirs.changed(weight=9), was=theirs), Remove(theirs)):
        with pytest.raises(Conflict):
            await db.commit(change)
    assert (await stored(db)).weight == 1


async def test_update_must_match_unless_told_otherwise(db: Database) -> None:
    await db.commit(Insert(parcel("red")))
    heavier = {"$inc": {"weight": 1}}
    nowhere = {"tenant_id": ACME, "label": "green"}

    await db.commit(Update("parcels", {"tenant_id": ACME, "label": "red", "weight": {"$lt": 2}}, heavier))
    await db.commit(Update("parcels", nowhere, heavier, must_match=False))
    with pytest.raises(Conflict):
        await db.commit(Insert(parcel("blue")), Update("parcels", nowhere, heavier))

    assert (await stored(db)).weight == 2
    assert await everything(db) == (["red"], [], [])


async def test_update_can_insert_what_is_missing(db: Database) -> None:
    where = {"_id": "green", "tenant_id": ACME}
    for _ in range(2):
        await db.commit(Update("parcels", where, {"$inc": {"weight": 1}}, upsert=True))
    assert await db["parcels"].find_one(where) == {**where, "weight": 2}


async def test_remove_takes_away_only_what_was_seen(db: Database) -> None:
    red = parcel("red")
    await db.commit(Insert(red))
    await db.commit(Save(red.changed(weight=2), was=red))

    with pytest.raises(Conflict):
        await db.commit(Remove(red))
    assert await everything(db) == (["red"], [], [])

    await db.commit(Remove(await stored(db)))
    assert await everything(db) == ([], [], [])


async def test_an_event_asks_for_its_handlers_in_the_same_commit(db: Database) -> None:
    db.handlers = {"ParcelArrived": ("weigh", "notify")}
    event = happened("ParcelArrived", db)
    await db.commit(Insert(parcel("red")), events=[event, happened("ParcelWeighed", db)])

    jobs = await db["jobs"].find().sort("_id").to_list()
    assert [(job["_id"], job["kind"], job["tenant_id"]) for job in jobs] == [
        (f"on:{event.id}:notify", "notify", ACME),
        (f"on:{event.id}:weigh", "weigh", ACME),
    ]
    assert jobs[0]["payload"] == {
        "event_id": event.id, "name": "ParcelArrived", "subject_kind": "parcel", "subject_id": "parcel-red",
    }  # fmt: skip


async def test_listeners_are_told_after_the_commit_of_changes_events_and_the_earliest_job(
    db: Database,
) -> None:
    told: list[tuple[Committed, int]] = []

    async def listen(committed: Committed) -> None:
        told.append((committed, await db["parcels"].count_documents({})))

    db.listeners.append(listen)
    insert, event = Insert(parcel("red")), happened("ParcelArrived", db)
    soon, late = later("soon", db), Later("late", "weigh", ACME, db.now() + timedelta(hours=1))
    await db.commit(insert, events=[event], jobs=[late, soon])

    assert told == [(Committed((insert,), [event], db.now()), 1)]


async def test_a_listener_that_fails_neither_fails_the_commit_nor_silences_the_next(db: Database) -> None:
    told: list[Committed] = []

    async def fails(_: Committed) -> None:
        raise ConnectionError("Redis is away")

    db.listeners += [fails, _append_to(told)]
    await db.commit(Insert(parcel("red")))

    assert await everything(db) == (["red"], [], [])
    assert len(told) == 1


async def test_twenty_who_change_one_parcel_at_once_all_succeed_when_they_load_again(db: Database) -> None:
    await db.commit(Insert(parcel("red", weight=0)))

    @retried
    async def add_weight() -> None:
        red = await stored(db)
        await db.commit(Save(red.changed(weight=red.weight + 1), was=red))

    outcomes = await asyncio.gather(*(add_weight() for _ in range(20)), return_exceptions=True)
    succeeded = outcomes.count(None)
    assert (await stored(db)).weight == succeeded
    assert succeeded == 20


async def test_a_conflict_that_stays_is_told_in_the_end(db: Database) -> None:
    gone, tries = parcel("red"), 0

    @retried
    async def hopeless() -> None:
        nonlocal tries
        tries += 1
        await db.commit(Save(gone.changed(weight=2), was=gone))

    with pytest.raises(Conflict):
        await hopeless()
    assert tries > 1


@pytest.mark.parametrize("answer", [Taken(), Duplicate(field="label")])
async def test_being_too_late_is_an_answer_and_not_tried_again(answer: Conflict) -> None:
    tries = 0

    @retried
    async def too_late() -> None:
        nonlocal tries
        tries += 1
        raise answer

    with pytest.raises(type(answer)):
        await too_late()
    assert tries == 1


async def test_many_commits_may_ask_for_one_job_at_once(db: Database) -> None:
    wishes = (db.commit(Insert(parcel(f"p{n:02}")), jobs=[later("weigh:all", db)]) for n in range(20))
    await asyncio.gather(*wishes)
    parcels, _, jobs = await everything(db)
    assert len(parcels) == 20
    assert jobs == ["weigh:all"]


async def test_many_commits_may_move_one_counter_and_skip_no_number(db: Database) -> None:
    async def number_one(n: int) -> None:
        await db.commit(
            Insert(parcel(f"p{n:02}")),
            Update("parcels", {"_id": "counter", "tenant_id": ACME}, {"$inc": {"weight": 1}}, upsert=True),
        )

    await asyncio.gather(*(number_one(n) for n in range(20)))
    counter = await db["parcels"].find_one({"_id": "counter"})
    assert counter is not None
    assert counter["weight"] == 20


async def test_a_store_that_cannot_be_reached_is_unavailable_when_patience_ends(clock: FakeClock) -> None:
    nobody = f"mongodb://127.0.0.1:{PORTS.start - 1}/waystation"
    away = replace(await connect(nobody, clock=clock), patience=0.2)
    try:
        with pytest.raises(Unavailable):
            await asyncio.wait_for(away.commit(Insert(parcel("red"))), 2)
    finally:
        await away.client.close()


async def test_a_change_that_somebody_else_holds_too_long_is_unavailable(db: Database) -> None:
    red = parcel("red")
    await db.commit(Insert(red))
    async with db.client.start_session() as session, await session.start_transaction():
        await db["parcels"].update_one({"_id": red.id}, {"$set": {"weight": 7}}, session=session)
        with pytest.raises(Unavailable):
            await replace(db, patience=0.2).commit(Save(red.changed(weight=2), was=red))
    assert (await stored(db)).weight == 7


def _append_to(told: list[Committed]) -> Any:
    async def listen(committed: Committed) -> None:
        told.append(committed)

    return listen
