"""What leaders see and do (spec 4.6, 10.2): the board, listening, whispers, joining, force, the queue, the wall."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent, hires
from tests.browser.pictures import look
from tests.browser.test_accessible import Inspector


def row(leader: Agent, words: str) -> Locator:
    return leader.page.get_by_role("grid", name="Conversations now").get_by_role("row").filter(has_text=words)


def picks(leader: Agent, place: Locator, act: str) -> None:
    place.get_by_role("button", name=re.compile("^More for")).click()
    leader.page.get_by_role("menuitem", name=act).click()


def test_a_leader_listens_whispers_joins_and_forces(actor: Actors, house: House, company: Company) -> None:
    bo = actor.agent(hires(house, company, "Bo Lind"))
    leader = actor.agent(company)
    leader.takes_at_once(0)
    leader.goes_to("/board")
    expect(leader.page.get_by_text("All quiet")).to_be_visible()
    desk = leader.page.get_by_role("region", name="Desks").get_by_role("article")
    agents = leader.page.get_by_role("region", name="Agents")
    expect(agents.get_by_role("listitem").filter(has_text="Bo Lind")).to_contain_text("Free")
    expect(agents.get_by_role("img", name=re.compile("Last 12 hours: Free")).first).to_be_attached()

    visitor = actor.visitor(company)
    visitor.says("Where is my parcel?")
    bo.opens("Where is my parcel?")
    expect(row(leader, "Where is my parcel?")).to_contain_text("Bo Lind")
    expect(desk.get_by_role("term").filter(has_text="Running").locator("xpath=following-sibling::dd")).to_have_text("1")
    expect(agents.get_by_role("listitem").filter(has_text="Bo Lind")).to_contain_text("1/5")

    # Nobody notices who listens, and a whisper is for the host alone.
    row(leader, "Where is my parcel?").get_by_role("button", name="Listen").click()
    leader.sees("Where is my parcel?")
    expect(leader.page.get_by_text("Listening, unseen")).to_be_visible()
    bo.says("Let me look.")
    leader.sees("Let me look.")
    whisper = leader.page.get_by_role("textbox", name="Whisper")
    whisper.fill("Offer express shipping")
    whisper.press("Enter")
    bo.sees("Offer express shipping")
    expect(bo.transcript.get_by_role("article", name="Whisper of Ann Porter")).to_be_visible()
    expect(bo.page.get_by_role("list", name="Guests")).to_have_count(0)
    bo.says("We send it by express.")
    visitor.sees_in_all(["Where is my parcel?", "Let me look.", "We send it by express."])
    expect(visitor.log.get_by_text("Ann Porter")).to_have_count(0)

    picks(leader, leader.page.locator(".chat-acts"), "Join")
    visitor.sees("Ann Porter joined")
    leader.says("I lead the desk; you get a refund too.")
    visitor.sees("I lead the desk; you get a refund too.")
    expect(bo.page.get_by_role("list", name="Guests")).to_contain_text("Ann Porter")

    leader.goes_to("/board")
    leader.takes_at_once(5)
    picks(leader, row(leader, "Bo Lind"), "Take over")
    visitor.sees("Ann Porter has taken over from here")
    picks(leader, leader.page.locator(".chat-acts"), "Hand on…")
    dialog = leader.page.get_by_role("dialog", name=re.compile("^Hand on"))
    dialog.get_by_role("checkbox", name="At once, without asking").check()
    dialog.get_by_role("radio", name=re.compile("Bo Lind")).check()
    dialog.get_by_role("button", name="Hand over now").click()
    visitor.sees("Bo Lind has taken over from here")
    bo.opens("I lead the desk")


def test_a_leader_moves_up_and_assigns_who_waits(actor: Actors, house: House, company: Company) -> None:
    bo, leader = actor.agent(hires(house, company, "Bo Lind")), actor.agent(company)
    bo.takes_at_once(1)
    leader.takes_at_once(0)
    served, first, second = (actor.visitor(company) for _ in range(3))
    served.says("The only place")
    served.sees("Bo Lind joined")
    first.says("The first question")
    first.sees_place("You are next in line")
    second.says("The second question")
    second.sees_place("You are number 2 in line")

    leader.goes_to("/board")
    picks(leader, row(leader, "The second question"), "Move up")
    leader.told("is next")
    second.sees_place("You are next in line")
    first.sees_place("You are number 2 in line")

    bo.takes_at_once(2)  # the one who was moved up comes to the first free place
    bo.opens("The second question")
    picks(leader, row(leader, "The first question"), "Assign to…")
    dialog = leader.page.get_by_role("dialog", name=re.compile("^Assign"))
    dialog.get_by_role("radio", name=re.compile("Bo Lind")).check()
    dialog.get_by_role("button", name="Assign").click()
    leader.page.get_by_role("dialog", name="Bo Lind is full").get_by_role(
        "button", name="Assign over the limit"
    ).click()
    bo.opens("The first question")
    first.sees("Bo Lind joined")


def test_the_wall_tells_how_things_stand_through_a_broken_line(actor: Actors, house: House, company: Company) -> None:
    actor.forgives("ERR_INTERNET_DISCONNECTED|WebSocket|socket.io|Failed to load resource")
    leader = actor.agent(company)
    leader.takes_at_once(1)
    served, waits = actor.visitor(company), actor.visitor(company)
    served.says("The only place")
    served.sees("Ann Porter joined")
    leader.goes_to("/wall")

    def figure(name: str) -> Locator:
        return leader.page.locator(".wall-figure").filter(has=leader.page.get_by_text(name, exact=True)).locator("dd")

    expect(figure("Waiting")).to_have_text("0")
    expect(figure("Running")).to_have_text("1")
    expect(leader.page.get_by_role("navigation")).to_have_count(0)
    leader.page.context.set_offline(True)
    expect(leader.page.get_by_text("No connection: these figures are from")).to_be_visible()
    waits.says("Hello?")
    waits.sees_place("You are next in line")
    leader.page.context.set_offline(False)
    expect(figure("Waiting")).to_have_text("1")
    expect(figure("Longest wait")).to_have_text(re.compile(r"^\d+:\d\d$"))
    expect(figure("Running")).to_have_text("1")
    expect(leader.page.get_by_role("row").filter(has_text="Service desk")).to_contain_text("1")
    expect(leader.page.get_by_text("No connection")).to_have_count(0)


def on(day: date) -> str:
    """Return a midnight to come as the console writes it."""
    return f"{day:%b} {day.day}, 12:00 AM"


def test_the_board_tells_until_when_a_desk_is_open_or_closed(actor: Actors, house: House, company: Company) -> None:
    today = datetime.now(UTC).date()
    all_day = [{"start": "00:00", "end": "00:00"}]
    week = [all_day if day in {today.weekday(), (today.weekday() + 1) % 7} else [] for day in range(7)]
    festival = {"name": "Lantern Festival", "first": str(today), "last": str(today + timedelta(days=2))}
    leader = actor.agent(company, timezone_id="UTC")

    def works(week: list[list[dict[str, str]]], holidays: list[dict[str, str]]) -> Locator:
        path = f"/groups/{company.desk_id}"
        version = house.call("GET", path, session=company.session)["version"]
        hours = {"time_zone": "UTC", "week": week, "holidays": holidays}
        house.call("PATCH", path, {"version": version, "hours": hours}, session=company.session)
        leader.goes_to("/board")
        return leader.page.get_by_role("region", name="Desks").get_by_role("article")

    expect(works(week, [])).to_contain_text(f"Open until {on(today + timedelta(days=2))}")
    look(leader.page, "board-open")
    desk = works([all_day] * 7, [festival])
    expect(desk).to_contain_text(f"Lantern Festival: closed until {on(today + timedelta(days=3))}")
    look(leader.page, "board-closed")
    expect(works([[]] * 7, [])).to_contain_text("Closed")
    desk = works([all_day] * 7, [])
    expect(desk).to_contain_text("waiting")
    expect(desk).not_to_contain_text(re.compile("open until|closed", re.I))


def test_only_leaders_see_the_board(actor: Actors, house: House, company: Company) -> None:
    bo = actor.agent(hires(house, company, "Bo Lind"))
    expect(bo.page.get_by_role("link", name="Board")).to_have_count(0)
    bo.goes_to("/board")
    expect(bo.page.get_by_text("Not for your role")).to_be_visible()
    bo.goes_to("/wall")
    expect(bo.page.get_by_text("Not for your role")).to_be_visible()


def test_what_leaders_see_breaks_no_rule_of_axe(actor: Actors, house: House, company: Company) -> None:
    bo, leader, inspector = actor.agent(hires(house, company, "Bo Lind")), actor.agent(company), Inspector()
    leader.takes_at_once(0)
    bo.takes_at_once(1)
    served, waits = actor.visitor(company), actor.visitor(company)
    served.says("Where is my parcel?")
    served.sees("Bo Lind joined")
    waits.says("Anybody there?")
    waits.sees_place("You are next in line")
    leader.goes_to("/board")
    row(leader, "Where is my parcel?").get_by_role("button", name="Listen").click()
    leader.sees("Where is my parcel?")
    inspector.looks("board and listening", leader.page)
    picks(leader, row(leader, "Anybody there?"), "Assign to…")
    expect(leader.page.get_by_role("dialog").get_by_role("radio", name=re.compile("Bo Lind"))).to_be_visible()
    inspector.looks("assign", leader.page)
    leader.page.keyboard.press("Escape")
    leader.goes_to("/inbox/waiting")
    expect(leader.rows).to_have_count(1)
    inspector.looks("waiting rows with their menus", leader.page)
    leader.goes_to("/wall")
    expect(leader.page.get_by_role("row").filter(has_text="Service desk")).to_be_visible()
    inspector.looks("wall", leader.page)
    assert not inspector.found, "\n".join(inspector.found)
