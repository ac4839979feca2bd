"""A whole day: three agents at two desks, a leader and five visitors press everything that conversations have, once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import PICTURE, TEXT_FILE, Agent, Visitor, hires
from tests.browser.pictures import look
from tests.browser.test_board import picks as picks_at
from tests.browser.test_board import row
from tests.browser.test_guests import link_for
from tests.browser.test_guests import says as guest_says
from tests.browser.test_handover import card, hands_on, picks
from tests.browser.test_who_serves import asks


def dialog(agent: Agent, title: str) -> Locator:
    return agent.page.get_by_role("dialog", name=re.compile(f"^{title}"))


def press(place: Agent | Page | Locator, name: str) -> None:
    within = place.page if isinstance(place, Agent) else place
    within.get_by_role("button", name=re.compile(f"^{name}")).first.click()


@dataclass
class Day:
    """Who is there, and what happens one after the other."""

    actor: Actors
    house: House
    company: Company
    lea: Agent = field(init=False)
    ann: Agent = field(init=False)
    bo: Agent = field(init=False)
    cy: Agent = field(init=False)
    parcel: Visitor = field(init=False)
    kettle: Visitor = field(init=False)
    refund: Visitor = field(init=False)
    calm: Visitor = field(init=False)
    urgent: Visitor = field(init=False)

    def everybody_comes(self) -> None:
        """The leader serves nobody; Ann and Bo take one each, so that two wait; Cy's desk asks first."""
        desk = self.house.call("POST", "/groups", {"name": "Repairs", "is_desk": True}, session=self.company.session)
        rule = {"version": desk["version"], "response": desk["response"] | {"accept": True}}
        self.house.call("PATCH", f"/groups/{desk['id']}", rule, session=self.company.session)
        repairs = replace(self.company, key=f"{self.company.key}-repairs")
        channel = {"name": "Repairs", "key": repairs.key, "desk_id": desk["id"], "language": "en"}
        self.house.call("POST", "/channels", channel, session=self.company.session)
        self.lea = self.actor.agent(self.company)
        self.lea.takes_at_once(0)
        look(self.lea.page, "inbox-quiet")
        self.ann = self.actor.agent(hires(self.house, self.company, "Ann Porter"))
        self.ann.takes_at_once(1)
        self.parcel = asks(self.actor, self.company, "My parcel is late")
        self.parcel.sees("Ann Porter joined")
        self.bo = self.actor.agent(hires(self.house, self.company, "Bo Lind"))
        self.bo.takes_at_once(1)
        self.refund = asks(self.actor, self.company, "I want my money back")
        self.refund.sees("Bo Lind joined")
        self.calm = asks(self.actor, self.company, "I have time")
        self.calm.sees_place("You are next in line")
        self.urgent = asks(self.actor, self.company, "It is urgent")
        self.urgent.sees_place("You are number 2 in line")
        self.cy = self.actor.agent(hires(self.house, self.company, "Cy Repair", group_id=desk["id"]))
        self.kettle = asks(self.actor, repairs, "My kettle leaks")
        call = card(self.cy, "A customer is waiting for you")
        expect(call).to_be_visible()
        look(self.cy.page, "offer")
        press(call, "Decline")  # and is asked once more: there is nobody else
        expect(call.get_by_role("timer")).to_be_visible()
        press(call, "Accept")
        self.kettle.sees("Cy Repair joined")

    def the_leader_sorts_the_line(self) -> None:
        lea = self.lea
        lea.page.get_by_role("tab", name=re.compile("^Waiting")).click()
        look(lea.page, "inbox-waiting")
        lea.page.locator(".row-menu").nth(1).get_by_role("button").click()
        lea.page.get_by_role("menuitem", name="Move up").click()
        self.urgent.sees_place("You are next in line")
        self.calm.sees_place("You are number 2 in line")
        lea.goes_to("/board")
        expect(row(lea, "I have time")).to_be_visible()
        look(lea.page, "board")
        lea.page.get_by_role("button", name="Repairs", exact=True).click()
        expect(row(lea, "My kettle leaks")).to_be_visible()
        expect(row(lea, "I have time")).to_have_count(0)
        lea.page.get_by_role("button", name="Repairs", exact=True).click()
        picks_at(lea, row(lea, "I have time"), "Assign to…")
        look(lea.page, "assign")
        press(dialog(lea, "Assign"), "Cancel")
        picks_at(lea, row(lea, "I have time"), "Assign to…")
        dialog(lea, "Assign").get_by_role("radio", name=re.compile("Cy Repair")).check()
        press(dialog(lea, "Assign"), "Assign")
        self.calm.sees("Cy Repair joined")

    def ann_answers(self) -> None:
        ann = self.ann
        press(ann, "Search conversations")
        ann.page.get_by_role("searchbox", name="Search conversations").fill("parcel")
        ann.page.keyboard.press("Enter")
        expect(ann.rows).to_have_count(1)
        press(ann, "End the search")
        ann.opens("My parcel is late")
        ann.types("Let me")
        expect(self.parcel.chat.get_by_text("Ann Porter is typing")).to_be_attached()
        ann.types(" look.")
        press(ann, "Send")
        ann.picks_emoji("🙏")
        press(ann, "Send")
        ann.attaches(PICTURE, TEXT_FILE)
        self.parcel.sees_picture("cup.png")
        press(ann, "Private note")
        ann.says("She sounds unhappy")
        ann.page.get_by_role("button", name="Reply", exact=True).click()
        ann.says("It comes today.")
        self.parcel.sees("It comes today.")
        assert self.parcel.log.get_by_text("unhappy").count() == 0
        look(ann.page, "talk")
        press(ann, "Hide the customer")
        press(ann, "Show the customer")
        for box in ("Group", "Ended", "Mine"):
            ann.page.get_by_role("tab", name=re.compile(f"^{box}")).click()
        ann.opens("It comes today.")

    def it_changes_hands(self) -> None:
        ann, cy = self.ann, self.cy
        picks(ann, "Hand on…")
        expect(dialog(ann, "Hand on").get_by_role("radio", name=re.compile("Cy Repair"))).to_be_visible()
        look(ann.page, "hand-on")
        press(dialog(ann, "Hand on"), "Cancel")
        hands_on(ann, "Repairs")
        press(card(cy, "Ann Porter hands on to Repairs"), "Not me")
        press(ann, "Withdraw")
        hands_on(ann, "Cy Repair", note="Lives far out, be kind")
        look(ann.page, "asked")
        expect(card(cy, "Lives far out, be kind")).to_be_visible()
        cy.goes_to("/tickets/all")
        press(cy, "New ticket")
        look(cy.page, "offer-over-a-dialog")
        cy.page.keyboard.press("Escape")
        press(card(cy, "Ann Porter hands this on to you"), "Accept")
        self.parcel.sees("Cy Repair has taken over from here")
        self.urgent.sees("Ann Porter joined")  # she was moved up, and has the place that came free

    def company_comes(self) -> None:
        ann, cy = self.ann, self.cy
        cy.opens("It comes today.")
        for leaves in (False, True):
            picks(cy, "Invite a colleague…")
            dialog(cy, "Invite a colleague").get_by_role("radio", name=re.compile("Ann Porter")).check()
            press(dialog(cy, "Invite a colleague"), "Invite")
            look(ann.page, "invitation")
            press(card(ann, "Cy Repair asks you to join in"), "Join in")
            expect(cy.page.get_by_role("list", name="Guests")).to_contain_text("Ann Porter")
            if leaves:
                press(ann, "Leave this conversation")
            else:
                press(cy, "Remove Ann Porter")
                press(cy.page.get_by_role("dialog"), "Remove")
            expect(cy.page.get_by_role("list", name="Guests")).to_have_count(0)
        guest = self.actor.page(has_touch=True)
        guest.goto(link_for(cy, "Gus Plumber"))
        guest_says(guest, "I can come at five.")
        self.parcel.sees("I can come at five.")
        guest.get_by_role("textbox").press_sequentially("With my")
        expect(self.parcel.chat.get_by_text("Gus Plumber is typing")).to_be_attached()
        expect(cy.page.get_by_text("Gus Plumber is typing")).to_be_visible()
        look(cy.page, "talk-with-a-guest")
        look(guest, "guest")
        press(guest, "Leave")
        press(guest, "Stay")
        press(guest, "Leave")
        look(guest, "guest-leaves")
        press(guest, "Leave")
        expect(guest.get_by_text("You left the conversation").first).to_be_visible()
        self.parcel.sees("Gus Plumber left")
        look(guest, "guest-left")

    def the_leader_looks_in(self) -> None:
        lea = self.lea
        lea.goes_to("/board")
        press(row(lea, "I want my money back"), "Listen")
        whisper = lea.page.get_by_role("textbox", name="Whisper")
        whisper.fill("Give it back")
        whisper.press("Enter")
        self.bo.opens("I want my money back")
        self.bo.sees("Give it back")
        look(lea.page, "listening")
        assert link_for(lea, "Gwen Bank").startswith("http")
        picks(lea, "Join")
        self.refund.sees("Lea Boss joined")
        press(lea, "Leave this conversation")
        self.refund.sees("Lea Boss left")
        lea.goes_to("/board")
        lea.takes_at_once(1)
        picks_at(lea, row(lea, "I want my money back"), "Take over")
        self.refund.sees("Lea Boss has taken over from here")
        lea.takes_at_once(0)
        lea.goes_to("/board")
        press(row(lea, "I want my money back"), "Open it")
        hands_over_now(lea, "Bo Lind")
        self.refund.sees("Bo Lind has taken over from here")
        lea.goes_to("/board")
        picks_at(lea, row(lea, "I have time"), "Hand on at once…")
        dialog(lea, "Hand on").get_by_role("radio", name=re.compile("^Bo Lind")).check()
        press(dialog(lea, "Hand on"), "Hand over now")
        self.calm.sees("Bo Lind has taken over from here")

    def the_wall_tells_it_all(self) -> None:
        lea = self.lea
        lea.goes_to("/board")
        expect(lea.page.get_by_role("link", name="Wall board")).to_have_attribute("target", "_blank")
        lea.goes_to("/wall")
        expect(lea.page.get_by_role("row").filter(has_text="Repairs")).to_be_visible()
        look(lea.page, "wall")
        press(lea, "Light")
        look(lea.page, "wall-light")
        press(lea, "Dark")
        press(lea, "Full screen")
        press(lea, "Leave full screen")
        press(lea, "Back to the board")
        expect(lea.page.get_by_role("heading", name="Board")).to_be_visible()

    def everything_ends(self) -> None:
        cy, bo = self.cy, self.bo
        cy.opens("I can come at five.")
        with cy.ends("Solved") as box:
            look(cy.page, "end")
            box.get_by_label("Subject").fill("Parcel and plumber")
        cy.opens("My kettle leaks")
        with cy.ends("Not solvable online"):
            pass
        bo.opens("I have time")
        with bo.ends("Refused") as box:
            box.get_by_label(re.compile("Reason|Why")).fill("No question")
        expect(self.parcel.chat.get_by_text("How did we do?")).to_be_visible()
        cy.page.get_by_role("tab", name=re.compile("^Ended")).click()
        expect(cy.rows).to_have_count(2)
        look(cy.page, "inbox-ended")


def hands_over_now(leader: Agent, to: str) -> None:
    picks(leader, "Hand on…")
    box = dialog(leader, "Hand on")
    box.get_by_role("checkbox", name="At once, without asking").check()
    box.get_by_role("radio", name=re.compile(f"^{to}")).check()
    press(box, "Hand over now")
    expect(box).to_have_count(0)


def test_a_whole_day(actor: Actors, house: House) -> None:
    day = Day(actor, house, house.founds(agent="Lea Boss"))
    day.everybody_comes()
    day.the_leader_sorts_the_line()
    day.ann_answers()
    day.it_changes_hands()
    day.company_comes()
    day.the_leader_looks_in()
    day.the_wall_tells_it_all()
    day.everything_ends()
