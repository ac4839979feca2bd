"""A conversation changes hands (spec 3.3, 4.3, 4.4, 4.5): held out, accepted, declined, forgotten, taken over."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent, hires


def sets(house: House, company: Company, **limits: int) -> None:
    """Set limits of the whole company."""
    version = house.call("GET", "/settings", session=company.session)["version"]
    house.call("PATCH", "/settings", {"version": version, "settings": limits}, session=company.session)


def sets_desk(house: House, company: Company, **change: Any) -> None:
    """Change the desk: its response rule, or limits of its own."""
    path = f"/groups/{company.desk_id}"
    desk = house.call("GET", path, session=company.session)
    merged = {name: desk[name] | values for name, values in change.items()}
    house.call("PATCH", path, {"version": desk["version"], **merged}, session=company.session)


def card(agent: Agent, words: str) -> Locator:
    """The card in the corner that calls the agent."""
    return agent.page.get_by_role("region", name="Calls for you").get_by_role("article").filter(has_text=words)


def hands_on(agent: Agent, to: str, *, note: str = "") -> None:
    picks(agent, "Hand on…")
    dialog = agent.page.get_by_role("dialog", name=re.compile("^Hand on"))
    dialog.get_by_role("radio", name=re.compile(f"^{to}")).check()
    dialog.get_by_role("textbox", name="Note").fill(note)
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog).to_have_count(0)


def picks(agent: Agent, act: str) -> None:
    agent.page.locator(".chat-acts").get_by_role("button", name=re.compile("^More for")).click()
    agent.page.get_by_role("menuitem", name=act).click()


def test_the_old_host_stays_until_the_new_one_accepts(actor: Actors, house: House, company: Company) -> None:
    ann, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Where is my parcel?")
    ann.opens("Where is my parcel?")
    bo = actor.agent(hires(house, company, "Bo Lind"))

    hands_on(ann, "Bo Lind", note="Knows the customs")
    expect(ann.page.get_by_text("Waiting for Bo Lind")).to_be_visible()
    expect(card(bo, "Ann Porter hands this on to you")).to_contain_text("Where is my parcel?")
    expect(card(bo, "Knows the customs").get_by_role("timer")).to_be_visible()
    bo.goes_to("/tickets/all")  # whatever page is open, and after loading it anew
    expect(card(bo, "Ann Porter hands this on to you")).to_be_visible()
    ann.says("One moment, please.")
    visitor.sees("One moment, please.")

    card(bo, "Ann Porter").get_by_role("button", name="Decline").click()
    expect(card(bo, "Ann Porter")).to_have_count(0)
    ann.sees("Bo Lind declined: it stays where it is")
    expect(ann.page.get_by_text("Waiting for Bo Lind")).to_have_count(0)

    hands_on(ann, "Bo Lind")
    ann.page.get_by_role("button", name="Withdraw").click()
    expect(card(bo, "Ann Porter")).to_have_count(0)
    ann.sees("The question to Bo Lind was withdrawn")

    hands_on(ann, "Service desk")  # everybody of the group is asked; whoever is first has it
    expect(card(bo, "Ann Porter hands on to Service desk")).to_be_visible()
    bo.page.get_by_role("button", name="New ticket").first.click()  # a dialog hides nobody who waits
    card(bo, "Ann Porter hands on to Service desk").get_by_role("button", name="Not me").click()
    expect(card(bo, "Ann Porter")).to_have_count(0)
    bo.page.keyboard.press("Escape")
    ann.page.get_by_role("button", name="Withdraw").click()
    hands_on(ann, "Bo Lind")
    expect(card(bo, "Ann Porter")).to_be_visible()
    bo.page.keyboard.press("Alt+y")
    bo.sees("Bo Lind has taken over from Ann Porter")
    visitor.sees("Bo Lind has taken over from here")
    bo.says("Here I am.")
    visitor.sees("Here I am.")
    expect(visitor.log.get_by_text(re.compile("customs|asked|declined|withdrawn"))).to_have_count(0)


def test_a_colleague_joins_in_and_leaves(actor: Actors, house: House, company: Company) -> None:
    ann, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("A hard question")
    ann.opens("A hard question")
    bo = actor.agent(hires(house, company, "Bo Lind"))
    picks(ann, "Invite a colleague…")
    dialog = ann.page.get_by_role("dialog", name=re.compile("^Invite a colleague"))
    dialog.get_by_role("radio", name=re.compile("Bo Lind")).check()
    dialog.get_by_role("button", name="Invite").click()
    card(bo, "Ann Porter asks you to join in").get_by_role("button", name="Join in").click()
    expect(ann.page.get_by_role("list", name="Guests")).to_contain_text("Bo Lind")
    visitor.sees("Bo Lind joined")
    bo.says("I know this one.")
    visitor.sees("I know this one.")
    ann.sees("I know this one.")
    bo.page.get_by_role("button", name="Leave this conversation").click()
    visitor.sees("Bo Lind left")
    expect(ann.page.get_by_role("list", name="Guests")).to_have_count(0)


def test_a_desk_that_asks_first(actor: Actors, house: House, company: Company) -> None:
    sets(house, company, accept_within=10)
    sets_desk(house, company, response={"accept": True})
    ann, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Do you sell to cafés?")
    call = card(ann, "A customer is waiting for you")
    expect(call).to_contain_text("Do you sell to cafés?")
    # Who does not answer in time is away, and is told so; the next one is asked.
    bo = actor.agent(hires(house, company, "Bo Lind"))
    banner = ann.page.get_by_text("You did not answer in time")
    expect(banner).to_be_visible()
    expect(call).to_have_count(0)
    card(bo, "A customer is waiting for you").get_by_role("button", name="Accept").click()
    bo.sees("Do you sell to cafés?")
    visitor.sees("Bo Lind joined")
    ann.page.get_by_role("button", name="I am back").click()
    expect(banner).to_have_count(0)


def test_who_is_away_gets_nobody(actor: Actors, house: House, company: Company) -> None:
    ann = actor.agent(company)
    ann.page.locator(".me-button").click()
    ann.page.get_by_role("button", name="Away", exact=True).click()
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_text("You are away: no new conversations come to you.")).to_be_visible()
    assert house.call("GET", "/me", session=company.session)["absence"] == "chosen"
    ann.page.reload()
    ann.page.get_by_role("button", name="I am back").click()
    expect(ann.page.get_by_text("You are away: no new conversations come to you.")).to_have_count(0)
    visitor = actor.visitor(company)
    visitor.says("Hello")
    visitor.sees("Ann Porter joined")
