"""Silence has consequences (spec 3.3, 3.4, 4.3, 4.5): everybody waits at once, so all of it takes half a minute."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import hires
from tests.browser.test_handover import card, hands_on, sets
from tests.browser.test_who_serves import asks

#: Counts the tones of the console, which a test cannot hear.
HEARS = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones++; return start.apply(this, at); };
"""


def test_nobody_is_left_alone(actor: Actors, house: House, company: Company) -> None:
    sets(
        house, company, agent_silence=10, alarm_again=10, customer_reminder=10, customer_silence=15, transfer_within=10,
        return_after=0, queue_wait=32,
    )  # fmt: skip
    leaders = house.call("POST", "/groups", {"name": "Leaders"}, session=company.session)["id"]
    ann, lea = actor.agent(company), actor.agent(hires(house, company, "Lea Boss", leads=True, group_id=leaders))
    ann.takes_at_once(0)

    # Cy's machine dies with a customer who has no answer yet.
    cy = actor.agent(hires(house, company, "Cy Lost"))
    lost = asks(actor, company, "With Cy, who is gone")
    lost.sees("Cy Lost joined")
    cy.page.context.close()

    ann.page.add_init_script(HEARS)
    ann.page.reload()
    ann.takes_at_once(1)
    served = asks(actor, company, "One question only")
    ann.opens("One question only")
    ann.says("Anything else?")
    served.sees("Anything else?")
    ann.takes_at_once(0)
    bo = actor.agent(hires(house, company, "Bo Lind"))
    bo.takes_at_once(1)
    charged = asks(actor, company, "I have been charged twice")
    bo.opens("I have been charged twice")
    waits = asks(actor, company, "Is anybody there?")
    waits.sees_place("You are next in line")

    # Whom Bo asks does not answer: he keeps the customer, and his own silence goes on.
    hands_on(bo, "Lea Boss")
    expect(card(lea, "Bo Lind hands this on to you").get_by_role("timer")).to_be_visible()

    # Ten seconds: the group is called, with a ring; the leader is not, yet. A silent customer is asked.
    call, loud = card(ann, "I have been charged twice"), card(lea, "I have been charged twice")
    expect(call).to_contain_text("A customer has no answer")
    expect(call).to_contain_text("Bo Lind has been silent for")
    assert ann.page.evaluate("window.tones") > 0
    served.sees(re.compile("^Are you still there"))
    bo.sees("Lea Boss did not answer in time: it stays where it is")
    expect(loud).to_have_count(0)
    expect(bo.page.locator(".chat-head")).to_contain_text("Alarm")
    call.get_by_role("button", name="Put aside").click()
    expect(call).to_have_count(0)

    # Fifteen: who does not answer is let go. Twenty: the alarm again, and now the leader hears it as well.
    expect(served.chat.get_by_text("How did we do?")).to_be_visible()
    expect(loud).to_contain_text("Still no answer: alarm 2")
    expect(call).to_contain_text("Still no answer: alarm 2")
    ann.page.get_by_role("tab", name=re.compile("^Group")).click()
    expect(ann.rows.filter(has_text="I have been charged twice")).to_contain_text("Alarm")

    # Thirty: the one whose agent is gone waits again, in front; then who has waited too long is offered the form.
    lost.sees("We are finding somebody else for you. You keep your place.")
    lost.sees_place("You are next in line")
    waits.sees_place("You are number 2 in line")
    expect(waits.chat.get_by_role("heading", name="Sorry, this took too long")).to_be_visible()
    expect(waits.chat.get_by_label("Your message")).to_have_value("Is anybody there?")

    loud.get_by_role("button", name="Open it").click()
    lea.sees("I have been charged twice")
    expect(loud).to_have_count(0)

    # Ann is back, and any member takes over.
    ann.takes_at_once(2)
    lost.sees("Ann Porter joined")
    call.get_by_role("button", name="Take over").click()
    charged.sees("Ann Porter has taken over from here")
    ann.sees("Ann Porter has taken over from Bo Lind")
    ann.says("Let me see.")
    expect(call).to_have_count(0)
    expect(loud).to_have_count(0)
