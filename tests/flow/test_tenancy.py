"""No query crosses tenants (spec "tenant", 1.2): neither a command that MongoDB hears, nor an answer of the API."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from core.db import Database
from core.ids import first_id
from gateway.embedded import Stores
from tests.clock import FakeClock
from tests.company import in_full_swing
from tests.world import Visitor, World, a_world

#: collection → the fields of filters that may go without a tenant, each with its reason.
ALLOWED: dict[str, dict[frozenset[str], str]] = {
    "channels": {
        frozenset({"key", "kind", "active"}): "the public key in an address decides the tenant",
        frozenset({"kind", "active"}): "a starting process asks for the readers of all tenants",
    },
    "agents": {frozenset({"email", "active"}): "sign-in by e-mail alone finds the companies to choose from"},
    "sign_ups": {
        frozenset({"email"}): "no tenant exists yet",
        frozenset({"_id", "tries", "expires_at"}): "no tenant exists yet",
    },
    "events": {frozenset({"_id"}): "a starting process tells the last minute of all tenants again"},
    "files": {frozenset({"used", "created_at"}): "the job that discards orphaned uploads of all tenants"},
    "mailbox": {frozenset(): "development's page of sent mail"},
}
#: Jobs are claimed whoever they belong to; each carries its tenant to its handler, and people name theirs.
ANY_TENANT = {"jobs"}


@dataclass
class Overheard(CommandListener):
    """Listens to everything that is asked of MongoDB; keeps the filters that do not name a tenant."""

    without_tenant: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    heard: int = 0

    def started(self, event: CommandStartedEvent) -> None:
        for collection, where in filters(event.command_name, event.command):
            self.heard += 1
            if not (names_tenant(where) or is_allowed(collection, where)):
                self.without_tenant.append((event.command_name, collection, where))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """What came of it does not matter."""

    def failed(self, event: CommandFailedEvent) -> None:
        """What came of it does not matter."""


def filters(name: str, command: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield collection and filter of everything that a command finds or changes; inserts carry their tenant."""
    match name:
        case "find":
            yield command["find"], command["filter"]
        case "count" | "distinct" | "findAndModify":
            yield command[name], command.get("query", {})
        case "aggregate" if isinstance(command["aggregate"], str):
            first = command["pipeline"][0] if command["pipeline"] else {}
            yield command["aggregate"], first.get("$match", {})
        case "update":
            yield from ((command["update"], one["q"]) for one in command["updates"])
        case "delete":
            yield from ((command["delete"], one["q"]) for one in command["deletes"])
        case "insert":
            for one in command["documents"]:
                yield command["insert"], {"tenant_id": one.get("tenant_id", one.get("files_id", one["_id"]))}


def names_tenant(where: Mapping[str, Any]) -> bool:
    """Return whether a filter can match in one tenant only."""
    tenant = where.get("tenant_id")
    if tenant is not None and not isinstance(tenant, Mapping):
        return True
    return any(names_tenant(clause) for clause in where.get("$and", ()))


def is_allowed(collection: str, where: Mapping[str, Any]) -> bool:
    if collection in ANY_TENANT:
        return True
    if collection in ("blobs.files", "blobs.chunks"):  # a file's bytes are named <tenant>/<file>
        name = where.get("files_id", where.get("_id"))
        name = name.get("$eq") if isinstance(name, Mapping) else name
        return (isinstance(name, str) and "/" in name) or not where
    return frozenset(where) in ALLOWED.get(collection, {})


@pytest.fixture
def overheard() -> Overheard:
    return Overheard()


@pytest.fixture
async def world(db: Database, clock: FakeClock, stores: Stores, overheard: Overheard) -> AsyncIterator[World]:
    """The world, on a connection that is listened to."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        stores.mongodb_url, tz_aware=True, w="majority", event_listeners=[overheard]
    )
    async with a_world(Database(client, db.name, clock), clock, stores.redis_url) as made:
        yield made
    await client.close()


#: What must be said with a call so that only the ids in its path can be wrong.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/api/v1/conversations/{conversation_id}/end"): {"outcome": "solved"},
    ("post", "/api/v1/tickets/{ticket_id}/notes"): {"parts": [{"type": "text", "text": "Hm"}]},
    ("post", "/api/v1/tickets/{ticket_id}/replies"): {"parts": [{"type": "text", "text": "Hm"}]},
    ("post", "/api/v1/tickets/{ticket_id}/assign"): {"version": 1},
    ("post", "/api/v1/tickets/{ticket_id}/merge"): {"into_id": "some"},
    ("post", "/api/v1/tickets/{ticket_id}/unmerge"): {"ticket_id": "some"},
    ("post", "/api/v1/conversations/{conversation_id}/assign"): {"agent_id": "somebody"},
    ("post", "/api/v1/conversations/{conversation_id}/invite"): {"agent_id": "somebody"},
    ("post", "/api/v1/conversations/{conversation_id}/guests"): {"name": "Gus"},
}
NAMED = ("/api/v1/mail-templates/",)  # by words that are the same in every company: each finds its own
WORDS = {"purpose": "answer", "language": "en"}
OTHER_DOORS = ("/chat/", "/api/v1/invitations/by-token")  # the key or the token decides the tenant


def calls(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, operations in document["paths"].items():
        for method in operations:
            if method in ("get", "post", "put", "patch", "delete"):
                yield method, path


async def test_nothing_is_asked_of_mongodb_without_the_tenant(world: World, overheard: Overheard) -> None:
    """The main job, a tour of everything that can be read, and most that can be done."""
    company = await in_full_swing(world)
    founder, ids = company.founder, company.ids
    document = await founder.call("GET", "/api/v1/openapi.json")
    for method, path in calls(document):
        if method == "get" and not path.startswith(OTHER_DOORS):
            params = {"since": first_id(world.clock.now())} if path == "/api/v1/events" else {}
            status, answer = await founder.tries("GET", path.format(**ids, **WORDS), params=params)
            assert status == 200, (path, answer)
    for box in ("waiting", "mine", "group", "ended"):
        await founder.box(box)
    for view in ("todo", "starred", "all", "mine_created", "cc", "groups", "pending", "unassigned", "solved", "closed"):
        await founder.call("GET", "/api/v1/tickets", view=view, q="status:open tag:a 打印机 hello")
    await founder.call("GET", "/api/v1/customers", q="lin")
    await founder.call("POST", f"/api/v1/tickets/{ids['ticket_id']}/take")
    await founder.call("PUT", f"/api/v1/tickets/{ids['ticket_id']}/star")
    await founder.call("POST", "/api/v1/tickets", subject="By hand", customer_id=ids["customer_id"])
    await founder.call("POST", f"/api/v1/jobs/{ids['key']}/retry")
    await company.visitor.reloads()
    await company.visitor.fills_form("One more thing")
    await world.advance(minutes=1)
    await world.web.delivery.tell_again()
    await founder.call("POST", "/api/v1/sign-out")
    assert overheard.without_tenant == []
    assert overheard.heard > 300


async def test_every_call_with_another_companys_id_finds_nothing(world: World) -> None:
    """404 whatever is asked: not 403, which would tell that there is something, and nothing is changed there."""
    mine, theirs = await in_full_swing(world), await in_full_swing(await world.another_company())
    document = await mine.founder.call("GET", "/api/v1/openapi.json")
    before = await everything(theirs.world)
    asked = 0
    for method, path in calls(document):
        if "{" not in path or path.startswith((*OTHER_DOORS, *NAMED)):
            continue
        body = BODIES.get((method, path), {"version": 1} if method == "patch" else {})
        if method in ("put", "delete") and path.endswith("/star"):
            body = {}
        status, answer = await mine.founder.tries(
            method.upper(), path.format(**theirs.ids), **({} if method in ("get", "delete") else {"json": body})
        )
        assert status == 404, (method, path, status, answer)
        assert answer["code"] == "not_found"
        asked += 1
    assert asked > 25
    assert await everything(theirs.world) == before


async def everything(world: World) -> dict[str, list[Any]]:
    """Return all that a company owns, but for who is there right now."""
    names = await world.db.client[world.db.name].list_collection_names()
    owned = [name for name in names if name not in ("seats", "sessions", "jobs") and "." not in name]
    where = {"tenant_id": world.tenant_id}
    return {name: await world.db[name].find(where).hint("_id_").sort("_id").to_list() for name in sorted(owned)}


async def test_nothing_of_mine_can_point_at_another_companys_things(world: World) -> None:
    mine, theirs = await in_full_swing(world), await in_full_swing(await world.another_company())
    foreign, own = theirs.ids, mine.ids
    talk = f"/api/v1/conversations/{own['conversation_id']}/end"
    text = {"type": "text", "text": "Hm"}
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", talk, {"outcome": "unsolved", "group_id": foreign["group_id"]}),
        ("POST", talk, {"outcome": "unsolved", "handler_id": foreign["agent_id"]}),
        ("POST", talk, {"outcome": "unsolved", "catalog_node_id": foreign["node_id"]}),
        ("POST", "/api/v1/tickets", {"subject": "x", "customer_id": foreign["customer_id"]}),
        ("POST", "/api/v1/tickets", {"subject": "x", "group_id": foreign["group_id"]}),
        ("POST", "/api/v1/tickets", {"subject": "x", "handler_id": foreign["agent_id"]}),
        ("POST", "/api/v1/tickets", {"subject": "x", "catalog_node_id": foreign["node_id"]}),
        ("POST", "/api/v1/tickets", {"subject": "x", "parts": [{"type": "file", "file_id": foreign["file_id"]}]}),
        (
            "POST",
            f"/api/v1/tickets/{own['ticket_id']}/notes",
            {"parts": [text, {"type": "file", "file_id": foreign["file_id"]}]},
        ),
        ("POST", "/api/v1/catalog", {"name": "x", "parent_id": foreign["node_id"]}),
        ("POST", "/api/v1/catalog", {"name": "x", "group_id": foreign["group_id"]}),
        ("POST", "/api/v1/channels", {"name": "x", "key": "mine-too", "desk_id": foreign["group_id"]}),
        ("POST", "/api/v1/groups", {"name": "x", "member_ids": [foreign["agent_id"]]}),
        (
            "POST",
            "/api/v1/invitations",
            {"email": "a@example.com", "role_id": foreign["role_id"], "group_ids": [own["group_id"]]},
        ),
        (
            "POST",
            "/api/v1/invitations",
            {"email": "a@example.com", "role_id": own["role_id"], "group_ids": [foreign["group_id"]]},
        ),
        ("POST", "/api/v1/customers", {"name": "x", "organization_id": foreign["organization_id"]}),
        ("POST", "/api/v1/customers", {"name": "x", "group_ids": [foreign["group_id"]]}),
    ]
    for method, path, body in attempts:
        status, answer = await mine.founder.tries(method, path, json=body)
        assert status in (404, 422), (path, body, status, answer)
    for id_ in foreign.values():
        owned = await everything(mine.world)
        assert id_ not in str({name: rows for name, rows in owned.items() if name != "answers"})


async def test_sockets_find_nothing_of_another_company(world: World) -> None:
    mine, theirs = await in_full_swing(world), await in_full_swing(await world.another_company())
    conversation_id = theirs.ids["conversation_id"]
    events = ("message", "typing", "read", "watch", "since"), ("read", "since", "leave", "rate")
    says = {"client_id": "client-1234", "parts": [{"type": "text", "text": "Hm"}], "score": 5, "seq": 1}
    for person, event in itertools.chain(
        ((mine.founder, event) for event in events[0]), ((mine.visitor, event) for event in events[1])
    ):
        assert person.socket
        answer = await person.socket.call(
            event, {"conversation_id": conversation_id, **says}, namespace=person.namespace
        )
        assert (answer["ok"], answer["problem"]["status"]) == (False, 404), event


async def test_a_visitor_of_one_company_is_a_stranger_to_the_other(world: World) -> None:
    mine, theirs = await in_full_swing(world), await in_full_swing(await world.another_company())
    token = next(cookie.value for cookie in theirs.visitor.http.cookie_jar if theirs.visitor.channel_key in cookie.key)
    headers = {"X-Visitor-Session": token}
    key = mine.visitor.channel_key
    stranger = Visitor(world, "/visitor", channel_key=key)
    opening = await stranger.call("GET", f"/chat/{key}/opening", headers=headers)
    assert (opening["conversation"], opening["tickets"]) == (None, [])
    for path in (f"/chat/{key}/files/{theirs.ids['file_id']}", f"/chat/{key}/tickets/{theirs.ids['ticket_id']}"):
        assert (await stranger.tries("GET", path, headers=headers))[0] == 401
        assert (await mine.visitor.tries("GET", path))[0] == 404
