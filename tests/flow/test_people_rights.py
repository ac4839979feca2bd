"""Who may do what to whom: agents, groups, roles, settings, and the log that tells of it (spec 1.2–1.4, 1.9)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.ids import new_id
from people import store
from people.model import Agent
from tests.world import Console, Refused, World


async def founder(world: World) -> Console:
    console = Console(world, "/agent", email=world.founded.founder.email)
    world.people.append(console)
    return await console.signs_in()


async def refused(console: Console, method: str, path: str, **fields: Any) -> dict[str, Any]:
    """Return the problem with which a call is refused."""
    with pytest.raises(Refused) as told:
        await console.call(method, f"/api/v1{path}", **fields)
    return told.value.problem


async def role_of(console: Console, name: str) -> dict[str, Any]:
    roles = (await console.call("GET", "/api/v1/roles"))["items"]
    return next(role for role in roles if role["name"] == name)


async def new_role(console: Console, name: str, *permissions: str, scope: str = "groups") -> dict[str, Any]:
    return await console.call(  # type: ignore[no-any-return]
        "POST", "/api/v1/roles", name=name, permissions=list(permissions), scope=scope
    )


async def agent(world: World, console: Console) -> Agent:
    return await store.agent(world.db, world.tenant_id, console.id)


async def gives(fay: Console, world: World, to: Console, **fields: Any) -> dict[str, Any]:
    version = (await agent(world, to)).version
    return await fay.call(  # type: ignore[no-any-return]
        "PATCH", f"/api/v1/agents/{to.id}", version=version, **fields
    )


# --- The founder and everybody else ---


async def test_the_founder_can_be_neither_deactivated_nor_demoted(world: World) -> None:
    admin = await world.agent("Admin", role="administrator")
    fay = world.founded.founder
    agent_role = (await role_of(admin, "Agent"))["id"]
    assert (await refused(admin, "DELETE", f"/agents/{fay.id}"))["code"] == "forbidden"
    for change in ({"active": False}, {"role_id": agent_role}):
        problem = await refused(admin, "PATCH", f"/agents/{fay.id}", version=fay.version, **change)
        assert problem["code"] == "forbidden"
    assert (await store.agent(world.db, world.tenant_id, fay.id)) == fay


async def test_nobody_becomes_a_second_founder(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    founders = (await role_of(fay, "Founder"))["id"]
    problem = await refused(
        fay, "PATCH", f"/agents/{ada.id}", version=(await agent(world, ada)).version, role_id=founders
    )
    assert problem["errors"][0]["field"] == "role_id"


async def test_a_deactivated_agent_is_out_at_once_and_can_come_back(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    gone = await fay.call("DELETE", f"/api/v1/agents/{ada.id}")
    assert gone["active"] is False
    assert (await refused(ada, "GET", "/me"))["code"] == "unauthenticated"
    back = await gives(fay, world, ada, active=True)
    assert back["active"] is True
    assert (await refused(ada, "GET", "/me"))["code"] == "unauthenticated"  # old sessions stay void
    await ada.signs_in()


async def test_nobody_locks_themselves_out(world: World) -> None:
    admin = await world.agent("Admin", role="administrator")
    assert (await refused(admin, "DELETE", f"/agents/{admin.id}"))["code"] == "forbidden"


async def test_an_agent_may_change_nobody_but_themselves(world: World) -> None:
    ada, bob = await world.agent("Ada"), await world.agent("Bob")
    version = (await agent(world, bob)).version
    assert (await refused(ada, "PATCH", f"/agents/{bob.id}", version=version, name="B"))["code"] == "forbidden"
    me = await ada.call("PATCH", "/api/v1/me", name="Ada L.", language="zh-CN", theme="dark")
    assert (me["name"], me["language"], me["theme"]) == ("Ada L.", "zh-CN", "dark")
    assert (await ada.call("GET", "/api/v1/me"))["name"] == "Ada L."
    for path in ("/invitations", "/audit"):
        problem = await refused(ada, "GET", path)
        assert (problem["code"], problem["title"]) != ("not_found", "")


async def test_nobody_hands_out_more_than_they_have(world: World) -> None:
    fay = await founder(world)
    leader = await new_role(fay, "Leader", "people.manage", "role.manage", "ticket.read")
    lin = await world.agent("Lin")
    await gives(fay, world, lin, role_id=leader["id"])
    ada = await world.agent("Ada")
    admins = (await role_of(fay, "Administrator"))["id"]
    auditors = (await role_of(fay, "Auditor"))["id"]
    version = (await agent(world, ada)).version
    for wish in (admins, auditors):
        assert (await refused(lin, "PATCH", f"/agents/{lin.id}", version=version, role_id=wish))["code"] != "ok"
        assert (await refused(lin, "POST", "/invitations", email="x@example.com", role_id=wish,
                              group_ids=[world.desk.id]))["code"] == "forbidden"  # fmt: skip
    assert (await refused(lin, "POST", "/roles", name="Big", permissions=["audit.read"]))["code"] == "forbidden"
    assert (await refused(lin, "POST", "/roles", name="Wide", permissions=[], scope="all"))["code"] == "forbidden"
    await new_role(lin, "Small", "ticket.read", scope="own")
    assert (await refused(lin, "DELETE", f"/agents/{world.founded.founder.id}"))["code"] == "forbidden"


async def test_a_save_over_somebody_elses_change_is_refused_with_what_is_stored(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    version = (await agent(world, ada)).version
    await fay.call("PATCH", f"/api/v1/agents/{ada.id}", version=version, name="Ada One")
    problem = await refused(fay, "PATCH", f"/agents/{ada.id}", version=version, name="Ada Two")
    assert (problem["status"], problem["code"], problem["current"]["name"]) == (409, "conflict", "Ada One")
    assert "password_hash" not in str(problem)


# --- Roles ---


async def test_a_changed_role_takes_effect_at_once(world: World) -> None:
    fay = await founder(world)
    role = await new_role(fay, "Reader", "customer.read")
    ada = await world.agent("Ada")
    await gives(fay, world, ada, role_id=role["id"])
    await ada.call("GET", "/api/v1/customers")
    assert (await refused(ada, "POST", "/customers", name="Li"))["permission"] == "customer.edit"
    await fay.call(
        "PATCH", f"/api/v1/roles/{role['id']}", version=role["version"], permissions=["customer.read", "customer.edit"]
    )
    await ada.call("POST", "/api/v1/customers", name="Li")


async def test_built_in_roles_stay_and_roles_in_use_too(world: World) -> None:
    fay = await founder(world)
    agents = await role_of(fay, "Agent")
    for method, more in (("PATCH", {"version": agents["version"], "name": "X"}), ("DELETE", {})):
        assert (await refused(fay, method, f"/roles/{agents['id']}", **more))["code"] == "forbidden"
    role = await new_role(fay, "Reader", "customer.read")
    ada = await world.agent("Ada")
    await gives(fay, world, ada, role_id=role["id"])
    assert (await refused(fay, "DELETE", f"/roles/{role['id']}"))["code"] == "in_use"
    await gives(fay, world, ada, role_id=agents["id"])
    await fay.call("DELETE", f"/api/v1/roles/{role['id']}")
    assert (await refused(fay, "GET", f"/roles/{role['id']}"))["code"] == "not_found"


async def test_a_role_given_while_it_is_deleted_never_dangles(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    for _ in range(5):
        role = await new_role(fay, "Fleeting")
        await asyncio.gather(
            gives(fay, world, ada, role_id=role["id"]),
            fay.call("DELETE", f"/api/v1/roles/{role['id']}"),
            return_exceptions=True,
        )
        held = (await agent(world, ada)).role_id
        kept = {stored.id for stored in await store.roles(world.db, world.tenant_id)}
        assert held in kept
        await gives(fay, world, ada, role_id=(await role_of(fay, "Agent"))["id"])
        if role["id"] in kept:
            await fay.call("DELETE", f"/api/v1/roles/{role['id']}")


async def test_two_roles_have_two_names(world: World) -> None:
    fay = await founder(world)
    problem = await refused(fay, "POST", "/roles", name="agent", permissions=[])
    assert (problem["code"], problem["errors"][0]["field"]) == ("duplicate", "name")
    assert (await refused(fay, "POST", "/roles", name="X", permissions=["no.such"]))["code"] == "invalid"


# --- Groups ---


async def test_an_agent_always_keeps_a_group(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    network = await fay.call("POST", "/api/v1/groups", name="Network", is_desk=True, member_ids=[ada.id])
    assert network["member_ids"] == [ada.id]
    await gives(fay, world, ada, group_ids=[network["id"]], preferred_group_id=network["id"])
    problem = await refused(fay, "DELETE", f"/groups/{network['id']}")
    assert (problem["code"], problem["names"]) == ("in_use", "Ada")
    version = network["version"]
    problem = await refused(fay, "PATCH", f"/groups/{network['id']}", version=version, member_ids=[])
    assert problem["errors"][0]["message"].startswith("Ada would be left without a group")
    await gives(fay, world, ada, group_ids=[world.desk.id, network["id"]])
    await fay.call("DELETE", f"/api/v1/groups/{network['id']}")
    left = await agent(world, ada)
    assert (left.group_ids, left.preferred_group_id) == ((world.desk.id,), None)


async def test_the_central_desk_stays(world: World) -> None:
    fay = await founder(world)
    desk = await fay.call("GET", f"/api/v1/groups/{world.desk.id}")
    assert desk["is_central"] is True
    assert (await refused(fay, "DELETE", f"/groups/{desk['id']}"))["code"] == "forbidden"
    problem = await refused(fay, "PATCH", f"/groups/{desk['id']}", version=desk["version"], is_desk=False)
    assert problem["code"] == "forbidden"
    renamed = await fay.call("PATCH", f"/api/v1/groups/{desk['id']}", version=desk["version"], name="Front desk")
    assert renamed["name"] == "Front desk"


async def test_customers_of_a_deleted_group_become_everybodys(world: World) -> None:
    fay = await founder(world)
    group = await fay.call("POST", "/api/v1/groups", name="VIP")
    customer = await fay.call("POST", "/api/v1/customers", name="Li", group_ids=[group["id"]])
    ada = await world.agent("Ada")
    assert (await refused(ada, "GET", f"/customers/{customer['id']}"))["code"] == "not_found"
    await fay.call("DELETE", f"/api/v1/groups/{group['id']}")
    assert (await ada.call("GET", f"/api/v1/customers/{customer['id']}"))["name"] == "Li"


async def test_a_preferred_group_is_one_of_the_agents_own(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    group = await fay.call("POST", "/api/v1/groups", name="VIP")
    version = (await agent(world, ada)).version
    problem = await refused(fay, "PATCH", f"/agents/{ada.id}", version=version, preferred_group_id=group["id"])
    assert problem["errors"][0]["field"] == "preferred_group_id"


# --- Settings and the log ---


async def test_a_setting_has_a_default_bounds_and_words(world: World) -> None:
    fay = await founder(world)
    settings = await fay.call("GET", "/api/v1/settings")
    limit = settings["settings"]["agent_limit"]
    assert (limit["value"], limit["default"], limit["minimum"], limit["maximum"]) == (5, 5, 0, 100)
    changed = await fay.call(
        "PATCH", "/api/v1/settings", version=settings["version"], settings={"agent_limit": 8}, name="Lantern"
    )
    assert (changed["settings"]["agent_limit"]["value"], changed["name"]) == (8, "Lantern")
    back = await fay.call("PATCH", "/api/v1/settings", version=changed["version"], settings={"agent_limit": None})
    assert back["settings"]["agent_limit"]["value"] == 5


@pytest.mark.parametrize("wish", [{"agent_limit": 101}, {"agent_limit": "x"}, {"no_such": 1}, {"queue_wait": -1}])
async def test_an_impossible_setting_is_refused_by_name(world: World, wish: dict[str, Any]) -> None:
    fay = await founder(world)
    version = (await fay.call("GET", "/api/v1/settings"))["version"]
    problem = await refused(fay, "PATCH", "/settings", version=version, settings=wish)
    assert problem["code"] == "invalid"
    assert next(iter(wish)) in problem["errors"][0]["field"]


async def test_the_log_tells_who_did_what_from_where_before_and_after(world: World) -> None:
    fay = await founder(world)
    ada = await world.agent("Ada")
    await gives(fay, world, ada, name="Ada L.")
    world.clock.advance(hours=1)
    fay = await founder(world)
    settings = await fay.call("GET", "/api/v1/settings")
    await fay.call("PATCH", "/api/v1/settings", version=settings["version"], settings={"agent_limit": 8})
    (told,) = (await fay.call("GET", "/api/v1/audit", action="SettingsChanged"))["items"]
    assert told["actor"] == {"kind": "agent", "id": fay.id, "name": "Fay Founder", "address": "127.0.0.1"}
    assert (told["before"], told["after"]) == ({"settings": {"agent_limit": 5}}, {"settings": {"agent_limit": 8}})
    (changed,) = (await fay.call("GET", "/api/v1/audit", subject=ada.id, action="AgentChanged"))["items"]
    assert (changed["before"], changed["after"]) == ({"name": "Ada"}, {"name": "Ada L."})
    since = world.clock.now().isoformat()
    late = (await fay.call("GET", "/api/v1/audit", since=since))["items"]
    assert {entry["action"] for entry in late} == {"AgentSignedIn", "SettingsChanged"}
    early = (await fay.call("GET", "/api/v1/audit", until=since, actor=fay.id))["items"]
    assert "SettingsChanged" not in {entry["action"] for entry in early}
    assert "argon2" not in str(late + early)


async def test_the_log_is_read_page_by_page(world: World) -> None:
    fay = await founder(world)
    for number in range(5):
        await fay.call("POST", "/api/v1/groups", name=f"Group {number}")
    seen: list[str] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        more = {"after": page["next"]} if page["next"] else {}
        page = await fay.call("GET", "/api/v1/audit", action="GroupCreated", limit=2, **more)
        seen += [entry["after"]["name"] for entry in page["items"]]
    assert seen == ["Group 4", "Group 3", "Group 2", "Group 1", "Group 0", "Service desk"]


@pytest.mark.parametrize(
    "query",
    [{"since": "9999-12-31T23:59:59Z"}, {"since": "0001-01-01T00:00:00Z"}, {"until": "now"}, {"after": "forged"},
     {"limit": 0}, {"since": "2026-01-01"}],
)  # fmt: skip
async def test_a_strange_question_to_the_log_is_refused(world: World, query: dict[str, Any]) -> None:
    fay = await founder(world)
    assert (await refused(fay, "GET", "/audit", **query))["code"] == "invalid"


# --- Other tenants ---


async def test_other_companies_things_are_not_found(world: World) -> None:
    fay = await founder(world)
    now = world.db.now()
    stamps = {"tenant_id": "other", "created_at": now, "updated_at": now, "version": 1, "name": "Theirs"}
    await world.db["groups"].insert_one({"_id": "g", **stamps})
    await world.db["roles"].insert_one({"_id": "r", **stamps})
    await world.db["customers"].insert_one({"_id": "c", **stamps})
    await world.db["organizations"].insert_one({"_id": "o", **stamps})
    await world.db["agents"].insert_one(
        {"_id": "a", **stamps, "email": "a@example.com", "role_id": "r", "group_ids": ["g"]}
    )
    for path in ("/groups/g", "/roles/r", "/customers/c", "/organizations/o", "/agents/a"):
        for method, body in (("PATCH", {"version": 1, "name": "Mine"}), ("GET", {})):
            assert (await refused(fay, method, path, **body))["code"] == "not_found", (method, path)
    for path in ("/groups/g", "/roles/r", "/organizations/o", "/agents/a"):
        assert (await refused(fay, "DELETE", path))["code"] == "not_found"
    for wish in ({"group_ids": ["g"]}, {"organization_id": "o"}):
        assert (await refused(fay, "POST", "/customers", name="Li", **wish))["code"] == "invalid"
    problem = await refused(
        fay, "PATCH", f"/agents/{fay.id}", version=(await agent(world, fay)).version, group_ids=["g"]
    )
    assert problem["errors"][0]["field"] == "group_ids"


# --- What is told by itself ---


async def test_whose_scope_is_the_own_work_is_told_who_waits_and_nothing_of_colleagues_talks(world: World) -> None:
    fay = await world.founder()
    small = await new_role(fay, "Small", "conversation.read", "conversation.serve", "ticket.read", scope="own")
    ann = await world.agent_on_duty("Ann", limit=1)
    bo = await world.agent("Bo")
    await gives(fay, world, bo, role_id=small["id"])
    await bo.sets_limit(0)
    await bo.sits_down()
    served, waits = await world.visitor(), await world.visitor()
    await served.asks("My number is 4000 0000")
    await ann.is_given(served)
    bo.heard.forget()
    since = new_id(world.clock.now())
    await served.says("And the code is 123")
    await waits.asks("Is anybody there?")
    await world.advance(minutes=5)
    await ann.ends(served.id, "unsolved", subject="A card")
    told = await bo.heard.wait_for("pushed", lambda told: told["data"]["id"] == waits.id)
    assert told["data"]["state"] == "waiting"
    await ann.is_given(waits)
    missed = (await bo.call("GET", "/api/v1/events", since=since))["events"]
    for told in (*bo.heard.all("pushed"), *missed):
        assert told["name"] == "agent" or told["data"]["id"] == waits.id
    assert not bo.heard.all("alarm")
    rows = [row["id"] for told in bo.heard.all("rows") for row in told["items"]]
    assert served.id not in rows


async def test_who_may_not_read_conversations_is_not_told_of_them(world: World) -> None:
    fay = await world.founder()
    office = await new_role(fay, "Office", "ticket.read")
    ann, bo = await world.agent_on_duty("Ann"), await world.agent("Bo")
    await gives(fay, world, bo, role_id=office["id"])
    await bo.sits_down()
    visitor = await world.visitor()
    await visitor.asks("Where is my order?")
    await ann.is_given(visitor)
    await ann.ends(visitor.id, "unsolved", subject="An order")
    await bo.heard.wait_for("pushed", lambda told: told["name"] == "ticket")
    assert {told["name"] for told in bo.heard.all("pushed")} <= {"ticket", "agent"}
