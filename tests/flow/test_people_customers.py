"""Customers are found again at every door: one person, one record, whoever comes first (spec 1.5, 1.6)."""

from __future__ import annotations

import asyncio

import pytest

from core.db import Database
from core.errors import Invalid
from core.message import Address
from core.store import ensure_indexes
from people import store
from people.model import KnownAs
from people.service import customer_by_identity, learn_contact

ACME = "acme"
OTHER = "other"


@pytest.fixture(autouse=True)
async def indexes(db: Database) -> None:
    await ensure_indexes(db, store.INDEXES)


def visitor(value: str = "v-1", name: str = "") -> Address:
    return Address(kind="visitor", value=value, name=name)


async def test_a_known_visitor_is_the_same_customer(db: Database) -> None:
    first = await customer_by_identity(db, ACME, visitor(name="小李"), language="zh-CN", now=db.now())
    again = await customer_by_identity(db, ACME, visitor(name="somebody"), now=db.now())
    assert again == first
    assert (first.name, first.language) == ("小李", "zh-CN")
    assert first.identities[0].verified


async def test_ten_first_contacts_at_once_make_one_customer(db: Database) -> None:
    met = await asyncio.gather(*(customer_by_identity(db, ACME, visitor(), now=db.now()) for _ in range(10)))
    assert len({customer.id for customer in met}) == 1
    assert await db["customers"].count_documents({}) == 1
    assert await db["events"].count_documents({"name": "CustomerCreated"}) == 1


async def test_the_same_identity_in_another_company_is_another_customer(db: Database) -> None:
    here = await customer_by_identity(db, ACME, visitor(), now=db.now())
    there = await customer_by_identity(db, OTHER, visitor(), now=db.now())
    assert here.id != there.id


async def test_an_email_is_the_same_however_it_is_written(db: Database) -> None:
    first = await customer_by_identity(db, ACME, Address(kind="email", value="Li@Example.com"), now=db.now())
    again = await customer_by_identity(db, ACME, Address(kind="email", value=" li@example.COM "), now=db.now())
    assert first.id == again.id
    assert not first.identities[0].verified  # a mail's sender is a claim


async def test_an_address_that_is_none_is_refused(db: Database) -> None:
    with pytest.raises(Invalid):
        await customer_by_identity(db, ACME, Address(kind="email", value="nobody"), now=db.now())


async def test_finding_a_customer_uses_the_index(db: Database) -> None:
    for n in range(20):
        await customer_by_identity(db, ACME, visitor(f"v-{n}"), now=db.now())
    key = KnownAs(kind="visitor", value="v-7").key
    where = {"tenant_id": ACME, "identity_keys": {"$eq": key, "$type": "string"}}
    plan = await db["customers"].find(where).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 1


async def test_what_a_customer_tells_about_themselves_is_kept_but_proves_nothing(db: Database) -> None:
    customer = await customer_by_identity(db, ACME, visitor(), now=db.now())
    wiser = await learn_contact(
        db, ACME, customer.id, name="Ada", email="ADA@example.com", phone="+86 (10) 123-456", now=db.now()
    )
    assert wiser.name == "Ada"
    assert [(known.key, known.verified) for known in wiser.identities] == [
        ("visitor:v-1", True),
        ("email:ada@example.com", False),
        ("phone:+8610123456", False),
    ]
    assert await store.customer(db, ACME, customer.id) == wiser


async def test_a_claimed_email_of_somebody_else_stays_theirs(db: Database) -> None:
    owner = await customer_by_identity(db, ACME, Address(kind="email", value="ada@example.com"), now=db.now())
    stranger = await customer_by_identity(db, ACME, visitor(), now=db.now())
    same = await learn_contact(db, ACME, stranger.id, email="ada@example.com", now=db.now())
    assert same.identity("email") is None
    assert (await customer_by_identity(db, ACME, Address(kind="email", value="ada@example.com"), now=db.now())) == owner


async def test_two_customers_without_any_identity_can_exist(db: Database) -> None:
    for n in range(2):
        await db["customers"].insert_one({"_id": f"c{n}", "tenant_id": ACME, "identity_keys": []})
