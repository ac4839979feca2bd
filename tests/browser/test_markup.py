"""What people type is words, whatever it looks like (HTML, scripts), wherever it is shown."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company

THEIRS = '<img src=x onerror="alert(1)"><script>alert(2)</script> <b>fat</b> &amp; "quotes"'
OURS = "</textarea><svg onload=alert(3)> {{7*7}} javascript:alert(4) <i>slanted</i>"


def nothing_came_alive(*pages: Page) -> None:
    for page in pages:
        for frame in page.frames:
            for selector in ("img[src='x']", "svg[onload]", "b:text-is('fat')", "i:text-is('slanted')"):
                expect(frame.locator(selector)).to_have_count(0)


def test_markup_shows_as_text_in_both_windows_and_in_the_ticket(actor: Actors, company: Company) -> None:
    agent, visitor = actor.agent(company), actor.visitor(company)
    for page in (agent.page, visitor.page):
        page.on("dialog", lambda dialog: actor.complaints.append(f"a script ran: {dialog.message}"))
    visitor.says(THEIRS)
    agent.opens("<b>fat</b>")
    agent.says(OURS)
    visitor.sees_in_all([THEIRS, OURS])
    agent.sees_in_all([THEIRS, OURS])
    nothing_came_alive(agent.page, visitor.page)

    with agent.ends("Solved") as dialog:
        expect(dialog.get_by_label("Subject")).to_have_value(THEIRS)
        dialog.get_by_label("Tags").fill("<u>tag</u>,")
        dialog.get_by_label("Private note").fill(OURS)
    agent.opens_ticket_just_made()
    expect(agent.thread.locator("details.joined .bubble")).to_have_text([THEIRS, OURS])
    expect(agent.page.get_by_role("button", name=THEIRS, exact=True)).to_be_visible()
    expect(agent.page.get_by_text("<u>tag</u>").first).to_be_visible()
    agent.goes_to("/tickets/all")
    expect(agent.page.get_by_role("row").filter(has_text=THEIRS)).to_be_visible()
    nothing_came_alive(agent.page, visitor.page)
