"""No page breaks a rule of axe, in light and in dark (WCAG A and AA, and axe's best practices)."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Frame, Page, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import OTHER_PICTURE, TEXT_FILE, Visitor

AXE = Axe()


def faults(page: Page | Frame, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("() => !!window.axe"):  # half a megabyte: once a page
        page.evaluate(f"{AXE.axe_script};0")
    found = page.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **options})
    return [
        f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}\n    {node['failureSummary'][:300]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


class Inspector:
    """Looks at places one after the other, and tells all faults at the end."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def looks(self, place: str, page: Page, frame: Frame | None = None) -> None:
        """Look in light at everything, and in dark at the colours."""
        for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal in a tuple
            a_frame_passes(page)
            self.found += [f"{place} ({scheme}): {fault}" for fault in faults(frame or page, options)]
        page.emulate_media(color_scheme="light")


@pytest.fixture
def inspector() -> Inspector:
    return Inspector()


def turns_to(page: Page, path: str) -> None:
    """Go to another page of the console as its links do, which is quicker than loading everything anew."""
    page.evaluate(
        "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
        f"/console{path}",
    )
    a_frame_passes(page)
    settled(page)


def a_frame_passes(page: Page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def settled(page: Page) -> None:
    """Wait until nothing loads any more: no skeleton, no busy part."""
    expect(page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)


CONSOLE = (
    "/inbox/waiting", "/inbox/ended", "/tickets/all", "/tickets/starred", "/tickets/all?q=nothing-like-this",
    "/customers", "/people/agents", "/people/groups", "/people/roles", "/people/invitations", "/settings/channels",
    "/settings/mails", "/settings/mails/notice.zh-CN", "/settings/catalog", "/settings/company", "/settings/audit",
    "/settings/jobs", "/account", "/nowhere", "/ticket/nobody", "/inbox/mine/nobody",
)  # fmt: skip


def test_every_page_of_the_console(actor: Actors, house: House, inspector: Inspector) -> None:
    actor.forgives("status of 404")  # two addresses of things that are not there
    page = actor.page()
    demo = Company("", "shen.qing@lanternleaf.example", "沈青 Shen Qing", "demo", "", "", "")
    page.goto(f"{house.url}/console/sign-in")
    page.get_by_label("E-mail").fill(demo.email)
    page.get_by_label("Password").fill("lantern-leaf-2026")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".rail")).to_be_visible()
    for path in CONSOLE:
        turns_to(page, path)
        inspector.looks(path, page)

    def opens_first(listing: str, row: str) -> None:
        turns_to(page, listing)
        page.locator(row).nth(1).click()
        settled(page)
        inspector.looks(f"the first of {listing}", page)

    opens_first("/inbox/ended", ".virtual-row")
    opens_first("/tickets/all", ".virtual-row")
    opens_first("/customers", ".virtual-row, tbody tr")
    opens_first("/settings/channels", "tbody tr a, tbody tr button, .channel a")
    assert not inspector.found, "\n".join(inspector.found)


def test_every_dialog_and_state_of_a_talk(actor: Actors, company: Company, inspector: Inspector) -> None:
    agent = actor.agent(company)
    agent.takes_at_once(1)
    visitor = actor.visitor(company)

    def frame_of(visitor: Visitor) -> Frame:
        return next(frame for frame in visitor.page.frames if "/chat/" in frame.url)

    inspector.looks("shop with the chat open", visitor.page)
    visitor.says("Is anybody there?")
    agent.opens("Is anybody there?")
    visitor.attaches(OTHER_PICTURE, TEXT_FILE)
    agent.sees_picture("包裹.png")
    agent.says("Yes. 在的。")
    visitor.sees("Yes. 在的。")
    visitor.types("So")
    expect(agent.transcript.get_by_text("is typing")).to_be_visible()
    inspector.looks("conversation", agent.page)
    inspector.looks("talk", visitor.page, frame_of(visitor))
    visitor.chat.get_by_role("button", name="Emoji").click()
    inspector.looks("emoji of the widget", visitor.page, frame_of(visitor))
    visitor.page.keyboard.press("Escape")
    visitor.chat.get_by_role("button", name="More").click()
    inspector.looks("menu of the widget", visitor.page, frame_of(visitor))
    visitor.page.keyboard.press("Escape")
    waits = actor.visitor(company)
    waits.says("Hello?")
    waits.sees_place("You are next in line")
    inspector.looks("queue", waits.page, frame_of(waits))
    waits.chat.get_by_role("button", name="Leave a message instead").click()
    waits.chat.get_by_role("button", name="Send", exact=True).click()
    inspector.looks("form with faults", waits.page, frame_of(waits))

    agent.page.locator(".me-button").click()
    inspector.looks("the agent's menu", agent.page)
    agent.page.keyboard.press("Escape")
    agent.page.keyboard.press("Control+k")
    inspector.looks("palette", agent.page)
    agent.page.keyboard.press("Escape")
    with agent.ends("Refused") as dialog:
        inspector.looks("end dialog", agent.page)
        dialog.get_by_role("radio", name="Solved").check()
        dialog.get_by_role("radio", name="Refused").check()
        dialog.get_by_label("Reason").fill("A test")
    inspector.looks("ended", visitor.page, frame_of(visitor))
    agent.goes_to("/tickets/all")
    agent.page.get_by_role("button", name="New ticket").click()
    inspector.looks("new ticket", agent.page)
    assert not inspector.found, "\n".join(inspector.found)


def test_every_page_for_strangers(actor: Actors, house: House, inspector: Inspector) -> None:
    page = actor.page()
    doors = ("sign-in", "sign-up", "activate?email=a@b.example", "forgot", "reset?token=x", "invitation?token=x")
    actor.forgives("status of 422|status of 404")  # nobody was invited with that token
    for path in (*(f"/console/{door}" for door in doors), "/design", "/demo", "/chat/demo", "/api/docs", "/mailbox"):
        page.goto(f"{house.url}{path}")
        expect(page.get_by_role("heading").first).to_be_visible()
        if path != "/design":  # which shows skeletons, too
            settled(page)
        inspector.looks(path, page)
    assert not inspector.found, "\n".join(inspector.found)
