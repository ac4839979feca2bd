"""Who gets whom, and who waits (spec 3.3, 3.4): turns, skills, languages, known faces, limits, the line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent, Visitor, crowd, hires
from tests.browser.test_handover import sets_desk


def knows(house: House, boss: Company, agent: Company, *skills: str) -> None:
    """Write down what an agent knows."""
    me = house.call("GET", "/me", session=agent.session)
    stored = house.call("GET", f"/agents/{me['id']}", session=boss.session)
    draft = {"version": stored["version"], "skills": list(skills)}
    house.call("PATCH", f"/agents/{me['id']}", draft, session=boss.session)


def asks(actor: Actors, company: Company, words: str, **context: Any) -> Visitor:
    visitor = actor.visitor(company, **context)
    visitor.says(words)
    return visitor


def serves(agent: Agent, words: str) -> None:
    expect(agent.rows.filter(has_text=words)).to_have_count(1)


def test_turns_languages_skills_and_known_faces(actor: Actors, house: House, company: Company) -> None:
    colleague = hires(house, company, "Bo Lind")
    ann, bo = actor.agent(company), actor.agent(colleague)

    # By turns: the second customer goes to the other one.
    first = asks(actor, company, "The first question")
    first.sees(re.compile("(Ann Porter|Bo Lind) joined"))
    asks(actor, company, "The second question").sees(re.compile("(Ann Porter|Bo Lind) joined"))
    for agent in (ann, bo):
        expect(agent.rows).to_have_count(1)
    host, other = (ann, bo) if "The first" in ann.rows.inner_text() else (bo, ann)

    # The language: both Chinese customers go to the one who speaks it.
    knows(house, company, colleague, "zh-cn", "tea ceremony")
    sets_desk(house, company, response={"matches_language": True})
    for words in ("茶叶到哪里了？", "水温多少合适？"):
        asks(actor, company, words, locale="zh-CN")
        serves(bo, words)

    # The skill that a service asks for: everybody who chose it goes to the one who has it.
    service = {"name": "Ceremonies", "skills": ["tea ceremony"]}
    node = house.call("POST", "/catalog", service, session=company.session)
    items = [
        {"id": "ceremony", "label": "A tea ceremony", "catalog_node_id": node["id"]},
        {"id": "tea", "label": "Tea"},
    ]
    menu = {"prompt": "What is it about?", "items": items}
    key = f"{company.key}-menu"
    draft = {"name": "Menu", "key": key, "desk_id": company.desk_id, "language": "en", "settings": {"menu": menu}}
    house.call("POST", "/channels", draft, session=company.session)
    sets_desk(house, company, response={"matches_language": False, "matches_skills": True})
    for times in (1, 2):
        visitor = actor.visitor(replace(company, key=key))
        visitor.chat.get_by_role("button", name="A tea ceremony").click()
        visitor.sees("Bo Lind joined")
        expect(bo.rows.filter(has_text="A tea ceremony")).to_have_count(times)

    # Who was served before comes back to the same one, though it is the other's turn.
    sets_desk(house, company, response={"matches_skills": False, "prefers_known": True})
    host.opens("The first question")
    with host.ends("Solved"):
        pass
    asks(actor, company, "Who is next?").sees(re.compile("joined"))
    first.chat.get_by_role("button", name="Start a new conversation").click()
    first.says("It is me again")
    serves(host, "It is me again")
    assert other.rows.filter(has_text="It is me again").count() == 0


def ends_what_runs(house: House, agent: Company) -> str:
    """End the one conversation that an agent hosts; return the id of its customer."""
    found = house.call("GET", "/conversations?box=mine", session=agent.session)["items"]
    (running,) = (one for one in found if one["state"] == "running")
    house.call("POST", f"/conversations/{running['id']}/end", {"outcome": "solved"}, session=agent.session)
    return str(running["customer"]["id"])


def test_limits_priority_and_the_line(actor: Actors, house: House, company: Company) -> None:
    actor.forgives("409")  # taking more than the desk gives
    sets_desk(house, company, settings={"agent_limit": 1, "queue_length": 2})
    ann, bo = actor.agent(company), actor.agent(hires(house, company, "Bo Lind"))
    bo.takes_at_once(0)  # busy: is given nobody

    # Ann would take five; her desk gives one at a time.
    palace = asks(actor, company, "From the palace")
    palace.sees("Ann Porter joined")
    customer = ends_what_runs(house, company)
    asks(actor, company, "The only place").sees("Ann Porter joined")
    first = asks(actor, company, "I wait")
    first.sees_place("You are next in line")
    expect(ann.rows).to_have_count(1)
    expect(bo.page.get_by_text("No conversation is yours")).to_be_visible()

    # An important organization goes before, and who waits sees it; the third finds the line full.
    organization = house.call("POST", "/organizations", {"name": "Palace", "priority": 9}, session=company.session)
    known = house.call("GET", f"/customers/{customer}", session=company.session)
    draft = {"version": known["version"], "organization_id": organization["id"]}
    house.call("PATCH", f"/customers/{customer}", draft, session=company.session)
    palace.chat.get_by_role("button", name="Start a new conversation").click()
    palace.says("The palace is here")
    palace.sees_place("You are next in line")
    first.sees_place("You are number 2 in line")
    late = asks(actor, company, "Too late")
    expect(late.chat.get_by_role("heading", name="The line is full right now")).to_be_visible()
    expect(late.chat.get_by_label("Your message")).to_have_value("Too late")
    ann.page.get_by_role("tab", name=re.compile("^Waiting")).click()
    expect(ann.rows).to_contain_text(["The palace is here", "I wait"])
    expect(ann.rows).to_contain_text(["Place 1", "Place 2"])

    # Taking one by hand respects the desk's limit, in words.
    ann.opens("I wait", box="Waiting")
    ann.page.get_by_role("button", name=re.compile("^Take")).click()
    ann.told(re.compile("this desk gives each agent 1 at most"))
    bo.takes_at_once(1)
    bo.opens("The palace is here")
    first.sees_place("You are next in line")

    # The desk's own pace tells how long it may take; each step is told to those who wait.
    sets_desk(house, company, settings={"queue_length": 20})
    crowd(actor.lobby(), company, [f"One of many {number}" for number in range(5)])
    last = asks(actor, company, "The last of all")
    for place in range(7, 2, -1):
        last.sees_place(f"You are number {place} in line")
        ends_what_runs(house, company)
    last.sees_place("You are number 2 in line · about a minute")

    # Who is away is given nobody, and may pick somebody who is not the next.
    bo.page.locator(".me-button").click()
    bo.page.get_by_role("button", name="Away", exact=True).click()
    bo.page.keyboard.press("Escape")
    ends_what_runs(house, bo.company)
    bo.opens("The last of all", box="Waiting")
    bo.page.get_by_role("button", name=re.compile("^Take")).click()
    last.sees("Bo Lind joined")
    bo.opens("The last of all")
