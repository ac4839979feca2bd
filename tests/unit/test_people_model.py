"""Who people are and what identifies them, whatever way it is written (spec 1.2, 1.5, 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core import rooms
from core.errors import Forbidden, Stale
from core.message import Address
from core.settings import TenantSettings
from people import audit
from people.access import AgentActor
from people.drafts import AgentEdit, CustomerEdit, GroupEdit
from people.model import Customer, Group, Identity, Role, Tenant, identity_of, normal_email, normal_phone
from people.permissions import ALL, BUILT_IN, PERMISSIONS, REACH, Permission, Scope, covers, known

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STAMPS: dict[str, Any] = {"tenant_id": "acme", "created_at": NOW, "updated_at": NOW}

permissions = st.frozensets(st.sampled_from(sorted(ALL)))
scopes: st.SearchStrategy[Scope] = st.sampled_from(("own", "groups", "all"))


def an_agent(**fields: Any) -> AgentActor:
    given_: dict[str, Any] = {
        "tenant_id": "acme", "id": "ada", "name": "Ada", "address": "192.0.2.7", "permissions": frozenset(),
        "scope": "groups", "group_ids": ("g1",), "founder": False, "session_id": "s", "language": "en",
    }  # fmt: skip
    return AgentActor(**{**given_, **fields})


# --- Permissions and scope ---


def test_every_permission_says_in_one_line_what_it_allows() -> None:
    assert set(PERMISSIONS) == set(get_args(Permission))
    assert all(words and "\n" not in words and not words.endswith(".") for words in PERMISSIONS.values())


def test_the_founder_and_administrators_may_everything_and_an_auditor_changes_nothing() -> None:
    for mighty in (BUILT_IN["founder"], BUILT_IN["administrator"]):
        assert covers(*mighty, ALL, "all")
    assert {name.rpartition(".")[2] for name in BUILT_IN["auditor"][0]} == {"read"}


def test_a_built_in_role_follows_the_release_and_a_custom_one_its_list() -> None:
    founder = Role(id="r", name="Founder", built_in="founder", permissions=("long.gone",), scope="own", **STAMPS)
    assert (founder.granted, founder.reach) == (ALL, "all")
    custom = Role(id="r", name="Desk", permissions=("ticket.read", "long.gone"), scope="own", **STAMPS)
    assert custom.granted == frozenset({"ticket.read"})
    assert custom.reach == "own"


@given(permissions, scopes, permissions, scopes)
def test_nobody_covers_more_than_they_have(
    mine: frozenset[Permission], my_scope: Scope, theirs: frozenset[Permission], their_scope: Scope
) -> None:
    if covers(mine, my_scope, theirs, their_scope):
        assert theirs <= mine
        assert REACH[their_scope] <= REACH[my_scope]
    assert covers(ALL, "all", theirs, their_scope)
    assert covers(mine, my_scope, mine, my_scope)


@given(st.frozensets(st.text(max_size=20)))
def test_names_that_are_no_permissions_allow_nothing(names: frozenset[str]) -> None:
    assert known(names) <= ALL


def test_what_a_role_lacks_is_named() -> None:
    ada = an_agent(permissions=frozenset({"ticket.read"}))
    ada.require("ticket.read")
    with pytest.raises(Forbidden) as refused:
        ada.require("ticket.read", "ticket.delete")
    assert refused.value.facts["permission"] == "ticket.delete"


@pytest.mark.parametrize(
    ("scope", "customer_groups", "sees"),
    [
        ("groups", (), True),  # everybody's
        ("groups", ("g1", "g9"), True),
        ("groups", ("g9",), False),
        ("own", ("g9",), False),
        ("all", ("g9",), True),
    ],
)
def test_scope_decides_what_is_seen(scope: Scope, customer_groups: tuple[str, ...], sees: bool) -> None:
    assert an_agent(scope=scope).sees(customer_groups) is sees


def test_only_a_scope_of_all_hears_everything() -> None:
    reads = frozenset({"ticket.read"})
    assert rooms.everyone("ticket", "acme") in an_agent(permissions=reads, scope="all").rooms()
    own = {rooms.agent("ada"), rooms.agents_of("acme"), rooms.members("ticket", "g1")}
    assert an_agent(permissions=reads, scope="own").rooms() == own
    assert an_agent(permissions=reads).rooms() == own | {rooms.group("ticket", "g1")}
    assert an_agent().rooms() == {rooms.agent("ada"), rooms.agents_of("acme")}, "nothing may be read, nothing is told"


# --- Identities ---


@pytest.mark.parametrize(
    "written",
    ["ada@example.com", " Ada@Example.COM ", "it@desk.local", "a.b+c@sub.example.co.uk", "李@例子.公司", "x@localhost"],
)
def test_an_address_is_one_however_it_is_written(written: str) -> None:
    assert normal_email(written) == written.strip().lower()
    assert normal_email(normal_email(written)) == normal_email(written)


@pytest.mark.parametrize(
    "written",
    ["", "@", "ada", "ada@", "@example.com", "a b@example.com", "a@b@c", "a@b..c", "a\n@example.com",
     "a@example.com\r\nBcc: x", "<a@example.com>", "a@" + "x" * 300, "a,b@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        normal_email(written)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused_and_never_breaks_a_header(text: str) -> None:
    try:
        email = normal_email(text)
    except ValueError:
        return
    assert not set(email) & set("\r\n\0 ,;<>")
    assert email.count("@") == 1


@pytest.mark.parametrize("written", ["+86 10 1234-5678", "0086 (10) 12345678", "+86.10.1234.5678"])
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert normal_phone(written) == "+861012345678"


@given(st.text(alphabet="+0123456789 ()-.", min_size=1, max_size=30))
def test_a_normal_number_stays_as_it_is(written: str) -> None:
    once = normal_phone(written)
    if not once.startswith("00"):
        assert normal_phone(once) == once


def test_a_channel_proves_its_own_identities_and_a_mail_only_claims() -> None:
    assert identity_of(Address(kind="openid", value="o-1")).verified
    assert not identity_of(Address(kind="email", value="ada@example.com")).verified


def test_a_customers_keys_follow_the_identities_and_are_stored() -> None:
    email = Identity(kind="email", value="Ada@Example.com")
    customer = Customer(id="c", identities=(email, email, Identity(kind="phone", value="+1 2")), **STAMPS)
    assert customer.identity_keys == ["email:ada@example.com", "phone:+12"]
    stored = customer.to_mongo()
    assert stored["identity_keys"] == customer.identity_keys
    assert Customer.from_mongo(stored) == customer
    assert "ada@example.com" in customer.words


def test_the_proved_identity_is_preferred() -> None:
    claimed = Identity(kind="email", value="a@example.com")
    proved = Identity(kind="email", value="b@example.com", verified=True)
    customer = Customer(id="c", identities=(claimed, proved), **STAMPS)
    assert customer.identity("email") == "b@example.com"
    assert customer.identity("phone") is None


# --- What is stored and said ---


def test_a_company_stores_only_the_settings_it_chose() -> None:
    chosen = Tenant(id="acme", name="Acme", settings=TenantSettings(agent_limit=9), **STAMPS)
    assert chosen.to_mongo()["settings"] == {"agent_limit": 9}
    assert Tenant.from_mongo(chosen.to_mongo()) == chosen


def test_a_group_keeps_its_hours() -> None:
    day = [{"start": "09:00", "end": "18:00"}]
    hours = {"time_zone": "Asia/Shanghai", "week": [day] * 5 + [[], []]}
    group = Group.model_validate({"id": "g", "name": "IT", "hours": hours, **STAMPS})
    assert Group.from_mongo(group.to_mongo()) == group
    with pytest.raises(ValidationError):
        Group.model_validate({"id": "g", "name": "IT", "hours": {**hours, "time_zone": "Mars/Base"}, **STAMPS})


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "Asia", "", "/etc/localtime", "a\0b"])
def test_there_are_only_real_time_zones(zone: str) -> None:
    with pytest.raises(ValidationError):
        Tenant(id="acme", name="Acme", time_zone=zone, **STAMPS)


def test_an_edit_says_only_what_it_mentions_and_refuses_an_old_version() -> None:
    group = Group(id="g", name="IT", **STAMPS)
    assert GroupEdit(version=1, name="Help").against(group) == {"name": "Help"}
    with pytest.raises(Stale) as refused:
        GroupEdit(version=1).against(group.changed(name="Other"))
    assert refused.value.stored.name == "Other"


@pytest.mark.parametrize(
    "edit", [{"name": None}, {"group_ids": []}, {"role_id": None}, {"founder": True}, {"active": "perhaps"}]
)
def test_an_edit_refuses_what_means_nothing(edit: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AgentEdit.model_validate({"version": 1, **edit})


def test_an_edit_may_say_that_there_is_none() -> None:
    customer = Customer(id="c", organization_id="o", **STAMPS)
    assert CustomerEdit(version=1, organization_id=None).against(customer) == {"organization_id": None}


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\0b", "x" * 101, "\ud800"])
def test_a_name_is_one_line_of_words(name: str) -> None:
    with pytest.raises(ValidationError):
        Group(id="g", name=name, **STAMPS)


def test_the_audit_log_tells_what_differs_and_no_secrets() -> None:
    was = Group(id="g", name="IT", **STAMPS)
    assert audit.changes(was, was.changed(name="Help", is_desk=True)) == (
        {"name": "IT", "is_desk": False},
        {"name": "Help", "is_desk": True},
    )
    assert audit.changes(None, was)[1]["name"] == "IT"
    assert {"password_hash", "session_epoch"} <= audit.UNTOLD
