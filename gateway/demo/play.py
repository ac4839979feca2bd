"""How conversations and tickets of the demo happen: each script is played through the desk's own pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

from conversation import lifecycle, menu
from conversation.lifecycle import Decision
from conversation.model import Rating, Reading, Visit
from core import rooms
from core.events import SYSTEM, Actor, Event
from core.ids import new_id
from core.message import Address, Author, Part, Text, gist
from core.model import Reference
from gateway.demo.script import Story, Talk, parts_of, pending_reason, shown_files, steps
from gateway.demo.stage import Stage, TalkStory, TicketStory
from ticketing import handling, states
from ticketing import lifecycle as tickets
from ticketing.decision import Decision as TicketDecision
from ticketing.model import Copied, Draft, Level, State
from ticketing.states import SOLVED_TO_CLOSED

SEARCHED = 5_000  # characters of a transcript that find its ticket, as in `conversation.wrapup`

_PAGES = {
    "zh-CN": (("/demo?lang=zh-CN#tea", "灯与叶 · 茶与山野器物"), ("/demo?lang=zh-CN#gear", "灯与叶 · 山野器物")),
    "en": (("/demo?lang=en#tea", "Lantern & Leaf · Tea"), ("/demo?lang=en#gear", "Lantern & Leaf · For the trail")),
}
_BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
)


# --- Conversations ---


class Playing:
    """A conversation while it is played."""

    def __init__(self, stage: Stage, talk: Talk) -> None:
        self.stage = stage
        self.talk = talk
        self.chance = Random(f"{talk.customer} {talk.at}")  # the same at every load
        self.customer = stage.customer(talk.customer)
        self.actor = Actor(kind="customer", id=self.customer.id, name=self.customer.name)
        self.author = Author(kind="customer", id=self.customer.id, name=self.customer.name)
        known = stage.customers[talk.customer]
        self.visitor = known.identity("visitor") or ""
        channel = stage.channels[talk.channel]
        organization = stage.organization_of(talk.customer)
        page, title = self.chance.choice(_PAGES[known.language])
        opening = lifecycle.start(
            tenant_id=stage.tenant_id,
            channel_id=channel.id,
            channel_kind=channel.kind,
            address=Address(kind="visitor", value=self.visitor),
            customer=self.customer,
            priority=organization.priority if organization else 0,
            visit=Visit(
                page=f"http://127.0.0.1:8000{page}", title=title, browser=self.chance.choice(_BROWSERS),
                language=known.language, time_zone="Asia/Shanghai" if known.language == "zh-CN" else "Europe/London",
            ),
            now=self.now,
        )  # fmt: skip
        self.story = TalkStory(opening)
        stage.talks.append(self.story)

    @property
    def now(self) -> datetime:
        """Return the moment that the story has reached."""
        return self.stage.clock.now()

    @property
    def decision(self) -> Decision:
        """Return the conversation so far."""
        return self.story.decision

    @decision.setter
    def decision(self, decision: Decision) -> None:
        self.story.decision = decision

    def soon(self, words: str = "") -> datetime:
        """Return when the next words are typed: it takes longer to write more."""
        seconds = 6 + min(len(words) * 0.32, 55) + self.chance.uniform(0, 14)
        return self.now + timedelta(seconds=seconds)

    def say(self, author: Author, parts: tuple[Part, ...], *, private: bool = False) -> None:
        """Say something, or write a note."""
        client_id = str(UUID(int=self.chance.getrandbits(128), version=4))
        sender = f"agent:{author.id}" if author.kind == "agent" else self.visitor
        self.decision = lifecycle.say(
            self.decision, author=author, parts=parts, now=self.now, external_id=f"{sender}:{client_id}",
            client_id=client_id, private="note" if private else None,
        )  # fmt: skip

    def agent(self, key: str) -> Author:
        """Return an agent as an author."""
        actor = self.stage.agent(key)
        return Author(kind="agent", id=actor.id, name=actor.name)


def conversation(stage: Stage, talk: Talk) -> Iterator[datetime]:
    """Play a conversation and what becomes of it; yield when it goes on."""
    yield stage.moment(talk.at)
    playing = Playing(stage, talk)
    script = steps(talk.said)
    yield from _navigate(playing)
    if not talk.menu:  # the first words say what it is about
        first = script.pop(0)
        playing.say(playing.author, parts_of(first.words, stage.files))
        playing.story.files += shown_files(first.words)
    desk = stage.group("central")
    if talk.menu:
        place = stage.place(talk.menu)
        desk = next((stage.group(key) for key, group in stage.groups.items() if group.id == place.group_id), desk)
    playing.decision = lifecycle.queue(playing.decision, desk, playing.now)
    if talk.host:
        yield playing.now + timedelta(milliseconds=playing.chance.randint(40, 900))
        playing.decision = lifecycle.host(playing.decision, stage.handler(talk.host), playing.now)
        stage.assigned[talk.host] = playing.now
    for step in script:
        yield playing.now + step.wait if step.wait else playing.soon(step.words)
        who = playing.author if step.who == "c" else playing.agent(talk.host or "" if step.who == "a" else step.who)
        playing.say(who, parts_of(step.words, stage.files), private=step.mark == "#")
        playing.story.files += shown_files(step.words)
    if talk.host:
        yield from _wrap_up(playing, talk.host)
    else:
        yield from _give_up(playing)


def _navigate(playing: Playing) -> Iterator[datetime]:
    """Let the customer choose in the menu: a level, then one of its entries."""
    talk, stage = playing.talk, playing.stage
    if not talk.menu:
        return
    navigation = stage.menus[talk.channel]
    level = next(choice for choice in navigation.items if any(leaf.id == talk.menu for leaf in choice.items))
    leaf = next(leaf for leaf in level.items if leaf.id == talk.menu)
    playing.say(playing.author, (Text(text=level.label),))
    playing.decision = lifecycle.show_menu(playing.decision, navigation, playing.now, at=level.id)
    yield playing.soon()
    by_number = playing.chance.random() < 0.3  # some people type the number
    number = next(item.number for item in menu.shown(navigation, level.id).items if item.id == leaf.id)
    playing.say(playing.author, (Text(text=str(number) if by_number else leaf.label),))
    playing.decision = lifecycle.choose(playing.decision, navigation, leaf)


def _wrap_up(playing: Playing, host: str) -> Iterator[datetime]:
    """End the conversation in its way; it becomes a ticket in the same moment, as in `conversation.wrapup`."""
    talk, stage = playing.talk, playing.stage
    if talk.left_first:
        yield playing.soon()
        playing.decision = lifecycle.leave(playing.decision, playing.now, actor=playing.actor)
    yield playing.now + (timedelta(minutes=8) if talk.silence else timedelta(seconds=playing.chance.randint(15, 70)))
    actor = SYSTEM if talk.silence else stage.agent(host)
    before, way = playing.decision, cast(tickets.Outcome, talk.way)
    words = " ".join(gist(entry.parts, limit=500) for entry in before.entries if entry.kind != "event")
    first = [gist(e.parts, limit=80) for e in before.entries if e.author.kind == "customer" and e.kind == "message"]
    organization = stage.organization_of(talk.customer)
    handler = talk.handler or (host if way == "solved" else None)
    draft = Draft(
        subject=talk.subject or max(first, key=len),
        customer=playing.customer,
        organization=Reference(id=organization.id, name=organization.name) if organization else None,
        group=stage.group(talk.group) if talk.group else before.conversation.desk,
        handler=stage.handler(handler) if handler else None,
        urgency=talk.urgency,
        impact=talk.impact,
        place=stage.place(talk.menu) if talk.menu else None,
        tags=talk.tags,
        source="conversation",
        channel_id=before.conversation.channel_id,
    )
    note: tuple[Part, ...] = (Text(text=talk.note),) if talk.note else ()
    decided = tickets.open_from_conversation(
        draft, tickets.Talk(id=before.conversation.id, text=words[:SEARCHED], ended_by_silence=talk.silence), way,
        tenant_id=stage.tenant_id, actor=actor, now=playing.now, reason=talk.reason, note=note,
    )  # fmt: skip
    ticket = _opened(stage, decided)
    playing.decision = lifecycle.end(
        before, way, playing.now, actor=actor, ticket_id=decided.ticket.id, subject=decided.ticket.subject,
        reason=talk.reason,
    )  # fmt: skip
    last = playing.decision.seq
    playing.decision = _changed(playing.decision, read=Reading(customer=last, agent=last))
    if talk.rating:
        yield playing.now + timedelta(seconds=playing.chance.randint(10, 90))
        score, comment = talk.rating
        rating = Rating(score=score, comment=comment)
        playing.decision = lifecycle.rate(playing.decision, rating, playing.now, actor=playing.actor)
    yield from _work(stage, ticket, talk.after, customer=playing.actor)


def _give_up(playing: Playing) -> Iterator[datetime]:
    """Let the customer leave the queue, or wait in vain; what is left in the form becomes a ticket (spec 3.5)."""
    talk, stage = playing.talk, playing.stage
    queued = playing.decision.conversation.queued_at or playing.now
    if talk.way == "left":
        yield playing.now + timedelta(minutes=2)
        playing.decision = lifecycle.leave(playing.decision, playing.now, actor=playing.actor)
    else:
        yield queued + timedelta(minutes=30)
        playing.decision = lifecycle.offer_form(playing.decision, "waited_too_long", playing.now)
    if not talk.form:
        return
    yield playing.now + timedelta(minutes=3)
    conversation = playing.decision.conversation
    place = stage.place(talk.menu) if talk.menu else None
    draft = Draft(
        subject=talk.subject, customer=playing.customer, group=conversation.desk, place=place, tags=talk.tags,
        source="web_form", channel_id=conversation.channel_id,
    )  # fmt: skip
    client_id = UUID(int=playing.chance.getrandbits(128), version=4)
    decided = tickets.open_ticket(
        draft, tenant_id=stage.tenant_id, actor=playing.actor, now=playing.now, parts=(Text(text=talk.form),),
        external_id=f"{playing.visitor}:{client_id}",
    )  # fmt: skip
    words = " ".join(gist(entry.parts, limit=500) for entry in playing.decision.entries if entry.kind != "event")
    joined = tickets.Talk(id=conversation.id, text=words[:SEARCHED])
    decided = decided.then(tickets.join_conversation(decided.ticket, joined, actor=playing.actor, now=playing.now))
    ticket = _opened(stage, decided)
    playing.decision = _changed(playing.decision, ticket_ids=(decided.ticket.id,))
    yield from _work(stage, ticket, talk.after, customer=playing.actor)


def _changed(decision: Decision, **fields: Any) -> Decision:
    return decision.then(lifecycle.at(decision.conversation.model_copy(update=fields), decision.seq))


# --- Tickets ---


def ticket(stage: Stage, story: Story) -> Iterator[datetime]:
    """Play a ticket that somebody opened without a conversation; yield when it goes on."""
    yield stage.moment(story.at)
    now = stage.clock.now()
    customer = stage.customer(story.customer) if story.customer else None
    speaker = Actor(kind="customer", id=customer.id, name=customer.name) if customer else SYSTEM
    actor = {"c": speaker, "system": SYSTEM}.get(story.by) or stage.agent(story.by)
    organization = stage.organization_of(story.customer) if story.customer else None
    place = stage.place(story.node) if story.node else None
    responsible = {group.id: key for key, group in stage.groups.items()}
    group = story.group or responsible.get((place.group_id if place else None) or "", "central")
    draft = Draft(
        subject=story.subject, customer=customer, place=place, group=stage.group(group), tags=story.tags,
        organization=Reference(id=organization.id, name=organization.name) if organization else None,
        handler=stage.handler(story.handler) if story.handler else None, source=story.source, type=story.type,
        urgency=story.urgency, impact=story.impact, cc=_copied(stage, story.cc),
    )  # fmt: skip
    first, _, rest = story.said.strip().partition("\n")
    opening = steps(first)[0]
    parts = parts_of(opening.words, stage.files)
    private = opening.mark == "#"
    decided = tickets.open_ticket(
        draft, tenant_id=stage.tenant_id, actor=actor, now=now, parts=() if private else parts,
        quarantine=story.quarantine,
    )  # fmt: skip
    if private:
        decided = decided.then(tickets.write_note(decided.ticket, parts, actor=actor, now=now))
    opened = _opened(stage, decided)
    opened.files += shown_files(opening.words)
    yield from _work(stage, opened, rest, customer=speaker)


def _copied(stage: Stage, cc: tuple[str, ...]) -> tuple[Copied, ...]:
    return tuple(
        Copied(kind="agent", id=stage.agents[one].id, name=stage.agents[one].name)
        if one in stage.agents
        else Copied(kind="email", id=one)
        for one in cc
    )


def _opened(stage: Stage, decision: TicketDecision) -> TicketStory:
    """Note a new ticket; it gets the number that the commit will give it, since they are opened in this order."""
    numbered = decision.ticket.model_copy(update={"number": len(stage.tickets) + 1})
    story = TicketStory(TicketDecision(numbered, None, decision.entries, decision.events, decision.jobs))
    stage.tickets.append(story)
    return story


def _work(stage: Stage, story: TicketStory, script: str, *, customer: Actor) -> Iterator[datetime]:
    """Let people work on a ticket step by step, and the clock close it when it has been solved long enough."""
    for step in steps(script):
        at = stage.clock.now() + (step.wait or timedelta(minutes=4))
        yield from _rest(stage, story, until=at)
        yield at
        ticket, now = story.decision.ticket, stage.clock.now()
        parts = parts_of(step.words, stage.files)
        story.files += shown_files(step.words)
        key = next((k for k, a in stage.agents.items() if ticket.handler and a.id == ticket.handler.id), "ann")
        key = key if step.who == "a" else step.who
        if step.mark == ">":
            following = _act(stage, story, key, step.words)
        elif step.who == "c":
            following = tickets.reply_as_customer(ticket, parts, actor=customer, now=now)
            if following.was is None:  # it is closed: another one follows it
                story = _opened(stage, following)
                continue
        elif step.mark == "#":
            following = tickets.write_note(ticket, parts, actor=stage.agent(key), now=now)
        else:
            state = cast(State | None, step.state)
            following = tickets.reply_as_agent(ticket, parts, actor=stage.agent(key), now=now, state=state)
        story.decision = story.decision.then(following)
    yield from _rest(stage, story, until=None)


def _rest(stage: Stage, story: TicketStory, *, until: datetime | None) -> Iterator[datetime]:
    """Let a solved ticket close three days later, if that is before ``until``: what the job would have done."""
    ticket = story.decision.ticket
    if ticket.state != "solved" or ticket.solved_at is None:
        return
    due = ticket.solved_at + SOLVED_TO_CLOSED
    if until is None or due <= until:
        yield due
        story.decision = story.decision.then(states.close(story.decision.ticket, now=stage.clock.now()))


def _act(stage: Stage, story: TicketStory, key: str, words: str) -> TicketDecision:
    """Return what an agent does with a ticket, like ``take``, ``pending customer`` or ``assign it wu``."""
    ticket, now, actor = story.decision.ticket, stage.clock.now(), stage.agent(key)
    act, _, rest = words.partition(" ")
    acts: dict[str, Callable[[], TicketDecision]] = {
        "take": lambda: handling.take(ticket, agent=stage.handler(key), actor=actor, now=now),
        "solve": lambda: states.solve(ticket, actor=actor, now=now),
        "open": lambda: states.reopen(ticket, actor=actor, now=now),
        "close": lambda: states.change_state(ticket, "closed", actor=actor, now=now),
        "restore": lambda: states.restore(ticket, actor=actor, now=now),
        "release": lambda: states.release(ticket, actor=actor, now=now),
        "pending": lambda: states.pend(ticket, pending_reason(rest), actor=actor, now=now),
        "delete": lambda: states.delete(ticket, actor=actor, now=now, reason=rest or None),
        "urgency": lambda: handling.edit(ticket, handling.Edit(urgency=cast(Level, rest)), actor=actor, now=now),
        "impact": lambda: handling.edit(ticket, handling.Edit(impact=cast(Level, rest)), actor=actor, now=now),
        "tag": lambda: handling.edit(ticket, handling.Edit(tags=(*ticket.tags, *rest.split())), actor=actor, now=now),
        "file": lambda: handling.edit(ticket, handling.Edit(place=stage.place(rest)), actor=actor, now=now),
        "assign": lambda: _assigned(stage, story, actor, rest),
        "star": lambda: _starred(story, actor, now),
    }
    return acts[act]()


def _assigned(stage: Stage, story: TicketStory, actor: Actor, words: str) -> TicketDecision:
    group, _, agent = words.partition(" ")
    handler = stage.handler(agent) if agent else None
    return handling.assign(
        story.decision.ticket, group=stage.group(group), handler=handler, actor=actor, now=stage.clock.now()
    )


def _starred(story: TicketStory, actor: Actor, now: datetime) -> TicketDecision:
    """Star a ticket as `ticketing.service.star` does: a mark of one's own, so the ticket gets no new version."""
    ticket = story.decision.ticket
    told = Event(
        id=new_id(now), tenant_id=ticket.tenant_id, name="TicketStarred", at=now, actor=actor, subject_kind="ticket",
        subject_id=ticket.id, audience=(rooms.agent(actor.id),),
    )  # fmt: skip
    starred = ticket.model_copy(update={"starred_by": (*ticket.starred_by, actor.id)})
    return TicketDecision(ticket=starred, was=ticket, events=(told,))
