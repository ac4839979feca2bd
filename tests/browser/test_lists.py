"""Lists of other people's conversations: they tell who waits for an answer, and none is too long to be read."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import crowd, hires
from tests.browser.pictures import look

MANY = 205  # the console fetches two hundred rows of a group by itself
MOST = 100  # that one agent can serve at once


def test_a_colleague_who_is_in_no_talk_sees_who_waits_for_an_answer(
    actor: Actors, house: House, company: Company
) -> None:
    bo, visitor = actor.agent(hires(house, company, "Bo Lind")), actor.visitor(company)
    visitor.says("Where is my parcel?")
    bo.opens("Where is my parcel?")
    ann = actor.agent(company)
    ann.goes_to("/inbox/group")
    row = ann.rows.filter(has_text="Bo Lind")
    expect(row).to_have_accessible_name(re.compile("waits for an answer"))
    bo.says("Let me look.")
    expect(row).to_contain_text("Let me look.")
    expect(row).not_to_have_accessible_name(re.compile("waits for an answer|unread"))
    visitor.says("Thank you")
    visitor.says("Did you find it?")
    expect(row).to_contain_text("Did you find it?")
    expect(row).to_have_accessible_name(re.compile("waits for an answer"))
    ann.goes_to("/board")
    board = ann.page.get_by_role("grid", name="Conversations now").get_by_role("row")
    expect(board.filter(has_text="Did you find it?")).to_be_visible()
    bo.says("It arrives tomorrow.")
    expect(board.filter(has_text="It arrives tomorrow.")).to_be_visible()


def test_hundreds_of_rows_are_reached_to_the_last(actor: Actors, house: House, company: Company) -> None:
    leader = actor.agent(company)
    leader.takes_at_once(0)
    for name in ("Bo Lind", "Cy Lund", "Di Land"):
        colleague = hires(house, company, name)
        actor.agent(colleague)
        house.call("PUT", "/me/limit", {"limit": MOST}, session=colleague.session)
    crowd(actor.lobby(), company, [f"Question {number} of many" for number in range(MANY)])
    leader.goes_to("/inbox/group")
    expect(leader.page.get_by_role("tab", name=re.compile(f"^Group.*{MANY}"))).to_be_visible()
    expect(leader.rows.first).to_have_attribute("aria-setsize", re.compile(r"^20[0-4]$"))
    expect(leader.page.get_by_text(f"of {MANY} stand here; older ones follow.")).to_be_attached()
    leader.rows.first.focus()
    leader.page.keyboard.press("End")  # who comes to the end is brought the rest
    expect(leader.rows.first).to_have_attribute("aria-setsize", str(MANY))
    expect(leader.page.get_by_text("older ones follow")).to_have_count(0)
    leader.page.keyboard.press("End")
    expect(leader.page.locator(f"[aria-posinset='{MANY}']")).to_be_visible()
    look(leader.page, "group-to-the-last")

    leader.goes_to("/board")
    board = leader.page.get_by_role("grid", name="Conversations now")
    expect(board).to_have_attribute("aria-rowcount", str(MANY + 1))
    board.get_by_role("row").nth(1).focus()
    leader.page.keyboard.press("End")
    expect(board.locator(f"[aria-rowindex='{MANY + 1}']")).to_be_visible()
    look(leader.page, "board-to-the-last")
