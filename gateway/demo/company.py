"""The demo company comes to be: tenant, roles, groups, agents, organizations, customers, catalog and channels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from channels.base import Channel
from channels.webchat import WebChat
from conversation.model import Seat
from core.db import Insert, Save
from core.events import SYSTEM
from core.ids import new_id, new_secret
from gateway.demo import catalog
from gateway.demo.customers import CUSTOMERS, ORGANIZATIONS, Known
from gateway.demo.stage import TIME_ZONE, Ledger, MovedClock, Stage
from people import audit, service
from people.access import AgentActor
from people.drafts import GroupDraft, OrganizationDraft, RoleDraft
from people.model import Agent, Customer, Identity, Language
from people.permissions import ALL, Permission
from ticketing import store as ticket_store
from ticketing.model import CatalogNode

TENANT: Final = "lantern-and-leaf"  # always the same, so that the demo cannot be loaded twice
COMPANY: Final = "Lantern & Leaf 灯与叶"
MAIL: Final = "lanternleaf.example"
ACCENT: Final = "#2f6b4f"


class Person(NamedTuple):
    """An agent; the first group is the preferred one. ``limit``: None is the company's default."""

    key: str
    name: str
    local: str  # of the e-mail address
    role: str
    groups: tuple[str, ...]
    language: Language
    limit: int | None = None

    @property
    def email(self) -> str:
        """Return what the agent signs in with."""
        return f"{self.local}@{MAIL}"


FOUNDER: Final = Person("shen", "沈青 Shen Qing", "shen.qing", "founder", ("central",), "zh-CN")
PEOPLE: Final = (
    Person("ann", "Ann Porter", "ann.porter", "administrator", ("central", "sales", "after", "it"), "en"),
    Person("zhou", "周岚 Zhou Lan", "zhou.lan", "leader", ("central", "sales", "after"), "zh-CN"),
    Person("lin", "林晓 Lin Xiao", "lin.xiao", "agent", ("sales", "central"), "zh-CN", 8),
    Person("chen", "陈默 Chen Mo", "chen.mo", "agent", ("sales",), "zh-CN"),
    Person("han", "韩雪 Han Xue", "han.xue", "agent", ("after", "central"), "zh-CN"),
    Person("maya", "Maya Brooks", "maya.brooks", "agent", ("after", "sales", "central"), "en"),
    Person("wu", "吴桐 Wu Tong", "wu.tong", "agent", ("it",), "zh-CN", 3),
    Person("ben", "Ben Carter", "ben.carter", "agent", ("it", "central"), "en"),
    Person("gu", "顾言 Gu Yan", "gu.yan", "auditor", ("central",), "zh-CN"),
)

#: Desks serve whenever somebody is there, so that the demo can be tried at any hour.
GROUPS: Final = {"sales": "售前 Sales", "after": "售后 After-sales", "it": "IT support 信息技术"}

WELCOME: Final = {
    "demo": "您好，这里是灯与叶 🍵 订单、退换、怎么泡，直接问就好。\n"
    "Hello, this is Lantern & Leaf. Ask us about orders, returns, or how to brew it.",
    "demo-en": "Hello from Lantern & Leaf 🍵 Ask us about orders, returns, or how to brew it.",
}


async def found_company(ledger: Ledger, clock: MovedClock, *, password_hash: str, present: datetime) -> Stage:
    """Return the stage with everybody and everything that is there before the first customer asks."""
    clock.moment = present - timedelta(days=41, hours=5)
    founded = await service.found(
        ledger,
        tenant_id=TENANT,
        company=COMPANY,
        name=FOUNDER.name,
        email=FOUNDER.email,
        password_hash=password_hash,
        language=FOUNDER.language,
        time_zone=TIME_ZONE,
        now=clock.now(),
    )
    stage = Stage(TENANT, present, clock, founded.founder, agents={FOUNDER.key: founded.founder})
    actor = _founder(founded.founder)
    roles: dict[str, str] = {role.built_in or role.name: role.id for role in founded.roles}
    usual = next(role for role in founded.roles if role.built_in == "agent").granted
    _pass(clock)
    more: frozenset[Permission] = usual | {"conversation.monitor", "ticket.delete", "ticket.restore", "audit.read"}
    draft = RoleDraft(name="组长 Team leader", permissions=tuple(sorted(more)), scope="all")
    roles["leader"] = (await service.create_role(ledger, draft, actor=actor)).id
    desk = founded.desk
    central = desk.changed(name="总台 Central desk", updated_at=clock.now())
    told = audit.event("GroupChanged", was=desk, became=central, actor=actor.actor, now=clock.now())
    await ledger.commit(Save(central, was=desk), events=[told])
    stage.groups["central"] = central
    for key, name in GROUPS.items():
        _pass(clock)
        stage.groups[key] = await service.create_group(ledger, GroupDraft(name=name, is_desk=True), actor=actor)
    for person in PEOPLE:
        _pass(clock)
        await _hire(ledger, stage, person, role_id=roles[person.role], password_hash=password_hash)
    await _offer(ledger, stage, actor)
    await _know(ledger, stage, actor)
    return stage


def _founder(agent: Agent) -> AgentActor:
    return AgentActor(
        tenant_id=TENANT, id=agent.id, name=agent.name, address="192.0.2.17", permissions=ALL, scope="all",
        group_ids=agent.group_ids, founder=True, session_id="", language=agent.language,
    )  # fmt: skip


def _pass(clock: MovedClock) -> None:
    clock.moment += timedelta(minutes=3, seconds=17)


async def _hire(ledger: Ledger, stage: Stage, person: Person, *, role_id: str, password_hash: str) -> None:
    """Let an agent begin to work here, as if the invitation had been accepted."""
    now = stage.clock.now()
    group_ids = tuple(stage.groups[key].id for key in person.groups)
    agent = Agent(
        id=new_id(now), tenant_id=TENANT, name=person.name, email=person.email, password_hash=password_hash,
        role_id=role_id, group_ids=group_ids, preferred_group_id=group_ids[0], language=person.language,
        activated_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    stage.agents[person.key] = agent
    told = audit.event("AgentActivated", became=agent, actor=stage.agent(person.key), now=now)
    await ledger.commit(Insert(agent), events=[told])


async def _offer(ledger: Ledger, stage: Stage, actor: AgentActor) -> None:
    """Write the catalog, and open the channels whose menus point at it."""
    for order, entry in enumerate(catalog.CATALOG):
        _pass(stage.clock)
        node = CatalogNode(
            id=new_id(stage.clock.now()), tenant_id=TENANT, name=entry.name, order=order,
            parent_id=stage.nodes[entry.above].id if entry.above else None,
            group_id=stage.groups[entry.group].id if entry.group else None,
            type=entry.type, urgency=entry.urgency, impact=entry.impact,
        )  # fmt: skip
        stage.nodes[entry.key] = node
        told = audit.event("CatalogNodeAdded", became=node, actor=actor.actor, now=stage.clock.now())
        await ledger.commit(Insert(node), events=[told])
    await ledger.commit(ticket_store.reshape(TENANT, 0))
    ids = {key: node.id for key, node in stage.nodes.items()}
    for key, name, language in (("demo", "灯与叶 Lantern & Leaf", "zh-CN"), ("demo-en", "Lantern & Leaf", "en")):
        _pass(stage.clock)
        now = stage.clock.now()
        settings = WebChat.Settings.model_validate(
            {"title": name, "welcome": WELCOME[key], "accent": ACCENT, "menu": catalog.menu(key, ids)}
        )
        stored: dict[str, Any] = {"kind": "webchat", "name": name, "key": key, "language": language}
        channel = Channel.model_validate(
            {
                "id": new_id(now), "tenant_id": TENANT, "desk_id": stage.groups["central"].id, **stored,
                "settings": settings.model_dump(mode="json"), "created_at": now, "updated_at": now,
            }
        )  # fmt: skip
        stage.channels[key], stage.menus[key] = channel, settings.menu
        told = audit.event("ChannelCreated", became=channel, actor=actor.actor, now=now)
        await ledger.commit(Insert(channel), events=[told])


async def _know(ledger: Ledger, stage: Stage, actor: AgentActor) -> None:
    """Get to know organizations and customers, one after the other until the story begins."""
    for key, draft in ORGANIZATIONS.items():
        _pass(stage.clock)
        organization = OrganizationDraft.model_validate(draft)
        stage.organizations[key] = await service.create_organization(ledger, organization, actor=actor)
    between = (stage.moment("6 18:00") - stage.clock.now()) / len(CUSTOMERS)
    for known in CUSTOMERS:
        stage.clock.moment += between
        stage.clock.moment = stage.clock.moment.replace(microsecond=0)
        customer = _customer(stage, known, stage.clock.now())
        stage.customers[known.key] = customer
        by = SYSTEM if known.visits else actor.actor
        told = audit.event("CustomerCreated", became=customer, actor=by, now=stage.clock.now())
        await ledger.commit(Insert(customer), events=[told])


def _customer(stage: Stage, known: Known, now: datetime) -> Customer:
    identities = [Identity(kind="visitor", value=new_secret(), verified=True)] if known.visits else []
    if known.email:
        identities.append(Identity(kind="email", value=known.email))
    if known.phone:
        identities.append(Identity(kind="phone", value=known.phone))
    if known.openid:
        identities.append(Identity(kind="openid", value=known.openid, verified=True))
    return Customer(
        id=new_id(now), tenant_id=TENANT, name=known.name, language=known.language, identities=tuple(identities),
        organization_id=stage.organizations[known.organization].id if known.organization else None,
        note=known.note, fields=dict(known.fields), created_at=now, updated_at=now,
    )  # fmt: skip


def seats(stage: Stage) -> list[Seat]:
    """Return the places of the agents as they left them in the evening."""
    default = 5
    limits = {person.key: person.limit for person in PEOPLE}
    return [
        Seat(
            id=stage.agents[key].id, tenant_id=TENANT, name=stage.agents[key].name,
            limit=limits[key] or default, last_assigned_at=at,
        )
        for key, at in stage.assigned.items()
    ]  # fmt: skip
