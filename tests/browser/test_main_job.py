"""The main job (issue 2): asked on a shop's page, queued, answered, ended, and kept as a ticket."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company
from tests.browser.people import OTHER_PICTURE, PICTURE, TEXT_FILE


def test_a_question_becomes_a_solved_ticket_with_all_that_was_exchanged(actor: Actors, company: Company) -> None:
    agent = actor.agent(company)
    agent.takes_at_once(1)
    first = actor.visitor(company)
    first.says("Is the white tea in stock?")
    agent.opens("Is the white tea in stock?")

    # The agent's one place is taken: others see where they stand.
    second, third = actor.visitor(company), actor.visitor(company)
    second.says("我的包裹到哪了？")
    second.sees_place("You are next in line")
    third.says("Do you sell to cafés?")
    third.sees_place("You are number 2 in line")
    expect(agent.page.get_by_role("tab", name="Waiting")).to_contain_text("2")

    with agent.ends("Refused") as dialog:
        dialog.get_by_role("button", name="End as: Refused").click()
        expect(dialog.get_by_text("Say why, for the auditor.")).to_be_visible()
        dialog.get_by_label("Reason").fill("A test of the bell")
    expect(first.chat.get_by_text("This conversation has ended")).to_be_visible()
    expect(first.chat.get_by_text("How did we do?")).to_have_count(0)

    # Who waited longest is served next, and the other moves up.
    second.sees("Ann Porter joined")
    third.sees_place("You are next in line")
    agent.opens("我的包裹到哪了？")

    agent.types("您好，")
    expect(second.chat.get_by_role("status").filter(has_text="Ann Porter is typing")).to_have_count(1)
    agent.says("您好，请给我订单号。")
    second.sees("您好，请给我订单号。")
    agent.sees_receipt("Read")
    second.types("20931")
    expect(agent.transcript.get_by_role("status")).to_contain_text("is typing")
    second.field.press("Enter")
    agent.sees("20931")
    second.sees_mark("Read")

    second.attaches(PICTURE, TEXT_FILE)
    agent.sees_picture("cup.png")
    agent.sees("订单 order.csv")
    agent.attaches(OTHER_PICTURE)
    second.sees_picture("包裹.png")
    agent.attaches(TEXT_FILE)
    second.sees("订单 order.csv")
    with second.page.expect_download() as download:
        second.log.get_by_role("link", name="订单 order.csv").last.click()
    assert download.value.path().read_bytes() == TEXT_FILE["buffer"]
    second.picks_emoji("🙏")
    second.field.press("Enter")
    agent.sees("🙏")
    agent.picks_emoji("👍")
    agent.field.press("Enter")
    second.sees("👍")
    agent.page.keyboard.press("Escape")
    agent.page.keyboard.press("n")
    agent.says("Parcel is at customs; only we know.")
    agent.sees("Parcel is at customs; only we know.")

    with agent.ends("Solved") as dialog:
        dialog.get_by_label("Subject").fill("包裹 20931")
        dialog.get_by_label("Tags").fill("parcel,")
    second.chat.get_by_role("radio", name="Very good").check(force=True)
    second.chat.get_by_role("textbox").fill("很快，谢谢")
    second.chat.get_by_role("button", name="Send rating").click()
    expect(second.chat.get_by_text("Thank you for your rating").first).to_be_visible()
    expect(second.log.get_by_text("only we know")).to_have_count(0)

    number = agent.opens_ticket_just_made()
    expect(second.chat.get_by_text(f"Your request is kept as #{number}").first).to_be_visible()
    expect(agent.page.get_by_role("button", name="包裹 20931")).to_be_visible()
    talk = agent.thread.locator("details.joined")
    expect(talk.locator(".bubble")).to_have_text(
        [
            "我的包裹到哪了？",
            "您好，请给我订单号。",
            "20931",
            "",
            re.compile("订单 order.csv"),
            "",
            re.compile("订单 order.csv"),
            "🙏",
            "👍",
            "Parcel is at customs; only we know.",
        ]
    )
    pictures = talk.get_by_role("button", name=re.compile("^Show picture")).locator("img")
    expect(pictures).to_have_count(2)
    for each in pictures.all():
        each.scroll_into_view_if_needed()
        expect(each).to_have_js_property("naturalWidth", 640)
    expect(talk.get_by_text("Rated 5 of 5: “很快，谢谢”")).to_be_visible()

    # The third way: not solvable online.
    agent.goes_to("/inbox/mine")
    agent.opens("Do you sell to cafés?")
    with agent.ends("Not solvable online") as dialog:
        dialog.get_by_label("Private note").fill("Ask sales for a price list")
    number = agent.opens_ticket_just_made()
    expect(agent.page.get_by_role("button", name="Take")).to_be_visible()
    expect(agent.thread.get_by_text("Ask sales for a price list")).to_be_visible()
    expect(third.chat.get_by_text(f"Your request is kept as #{number}").first).to_be_visible()
