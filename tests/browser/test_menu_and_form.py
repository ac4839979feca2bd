"""The numbered menu, and the ticket form that is offered when nobody can talk (spec 2.3, 3.5)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import House
from tests.browser.people import Visitor

MENU: dict[str, Any] = {
    "prompt": "What is it about?",
    "items": [
        {
            "id": "orders",
            "label": "Orders",
            "items": [{"id": "where", "label": "Where is my parcel"}, {"id": "back", "label": "退货 Returns"}],
        },
        {"id": "tea", "label": "How to brew it"},
    ],
}


def fills_in(visitor: Visitor, *, name: str, email: str) -> str:
    """Send the form that stands there; return the number that is shown."""
    visitor.chat.get_by_label("Your name").fill(name)
    visitor.chat.get_by_label("E-mail").fill("no address")
    visitor.chat.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.chat.get_by_text("Please enter an e-mail address")).to_be_visible()
    visitor.chat.get_by_label("E-mail").fill(email)
    visitor.chat.get_by_role("button", name="Send", exact=True).click()
    expect(visitor.chat.get_by_text(f"We will answer to {email}")).to_be_visible()
    return visitor.chat.get_by_role("button", name="Your request #").inner_text().split()[-1]


def test_a_visitor_chooses_by_click_or_number_and_leaves_a_message_when_nobody_is_there(
    actor: Actors, house: House
) -> None:
    company = house.founds(settings={"menu": MENU})

    # Nobody is on duty: what was asked is in the form already.
    early = actor.visitor(company)
    early.chat.get_by_role("button", name="Orders").click()
    early.chat.get_by_role("button", name="Where is my parcel").click()
    expect(early.chat.get_by_role("heading", name="Nobody is free to chat right now")).to_be_visible()
    early.chat.get_by_role("button", name="Back").click()
    early.chat.get_by_role("button", name="Leave a message").click()
    early.chat.get_by_label("Your message").fill("My parcel 20931 is late. 三天没动了")
    expect(early.chat.get_by_label("Subject")).to_have_value("My parcel 20931 is late.")
    first = fills_in(early, name="Olivia Chen", email="olivia@example.com")

    asks = actor.visitor(company)
    asks.says("Do you deliver on Sundays?")
    expect(asks.chat.get_by_label("Your message")).to_have_value("Do you deliver on Sundays?")

    # An agent comes; numbers choose as clicks do, also those of a Chinese keyboard.
    agent = actor.agent(company)
    agent.takes_at_once(1)
    typed = actor.visitor(company)
    typed.says("1")
    typed.says("［２］")
    agent.opens("退货 Returns")
    expect(agent.bubbles.filter(has_text="Orders").first).to_be_visible()
    typed.sees("Ann Porter joined")

    # The line is full of one: who does not want to wait writes a message.
    waits = actor.visitor(company)
    waits.chat.get_by_role("button", name="How to brew it").click()
    waits.sees_place("You are next in line")
    waits.says("水温多少合适？")
    waits.chat.get_by_role("button", name="Leave a message instead").click()
    expect(waits.chat.get_by_label("Your message")).to_have_value("水温多少合适？")
    second = fills_in(waits, name="陈奕", email="chen@example.com")
    assert first != second

    agent.goes_to("/tickets/unassigned")
    for number, words in ((first, "My parcel 20931 is late."), (second, "水温多少合适？")):
        expect(agent.page.get_by_role("row").filter(has_text=number)).to_contain_text(words)
