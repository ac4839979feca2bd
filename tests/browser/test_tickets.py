"""A ticket at work: found, taken, answered, changed, and never saved over somebody else's change unseen."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House


def with_a_slow_line(page: Page) -> None:
    """Hold back everything that the server pushes to this window, as a slow line would: its answers still come."""

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda words: None if "pushed" in str(words) else socket.send(words))

    page.route_web_socket(re.compile("/socket.io/"), connect)


def sees_count(page: Page, view: str, count: str) -> None:
    link = page.get_by_role("navigation", name="Views").get_by_role("link", name=view)
    expect(link.locator(".view-count")).to_have_text(count)


def test_a_ticket_is_found_taken_answered_and_changed_by_two_windows(
    actor: Actors, house: House, company: Company
) -> None:
    customer = house.call("POST", "/customers", {"name": "陈奕 Chen Yi"}, session=company.session)
    for subject in ("茶壶破损，想换一个", "茶叶想换口味", "Invoice for June"):
        draft = {"subject": subject, "customer_id": customer["id"], "parts": [{"type": "text", "text": subject}]}
        house.call("POST", "/tickets", draft | {"group_id": company.desk_id}, session=company.session)

    agent = actor.agent(company)
    other = actor.agent(company)
    for window in (agent, other):
        window.goes_to("/tickets/unassigned")
        expect(window.page.get_by_role("row")).to_have_count(4)
        sees_count(window.page, "Unassigned", "3")

    # Two Chinese words find the one ticket that has both.
    agent.page.keyboard.press("/")
    agent.page.get_by_role("searchbox").press_sequentially("破损 茶壶")
    expect(agent.page.get_by_role("row")).to_have_count(2)
    agent.page.get_by_role("row").filter(has_text="茶壶破损").click()
    agent.page.get_by_role("button", name="Take").click()
    agent.told("The ticket is yours")

    # The other window sees it happen.
    sees_count(other.page, "Unassigned", "2")
    sees_count(other.page, "My to-do", "1")
    expect(other.page.get_by_role("row").filter(has_text="茶壶破损")).to_contain_text("Ann Porter")

    agent.field.fill("您好，我们马上寄一个新的。")
    agent.field.press("Control+Enter")
    expect(agent.thread.get_by_text("您好，我们马上寄一个新的。")).to_be_visible()
    agent.page.get_by_role("button", name="Private note").click()
    agent.field.fill("Stock has two left.")
    agent.field.press("Control+Enter")
    expect(agent.thread.get_by_role("article", name="Private note of Ann Porter")).to_have_text(
        re.compile("Stock has two left.")
    )
    fields = agent.page.get_by_role("complementary", name="Fields")
    fields.get_by_label("Urgency").select_option(label="High")
    agent.told("Saved")
    fields.get_by_label("Impact").select_option(label="High")
    expect(fields.locator(".urgency-priority")).to_have_text("P1")
    fields.get_by_label("Tags").fill("茶具,")
    agent.page.keyboard.press("Tab")
    agent.page.get_by_role("button", name="Change the state").click()
    agent.page.get_by_role("menuitem", name="Pending: waiting for customer").click()
    expect(agent.page.locator(".ticket-head .state")).to_contain_text("Pending")

    # A window whose line lags still shows the ticket as it was; its save is not written over the newer one.
    address = agent.page.url
    with_a_slow_line(other.page)
    other.page.goto(address)
    expect(other.thread.get_by_text("Stock has two left.")).to_be_visible()
    agent.page.get_by_role("button", name="茶壶破损，想换一个").click()
    agent.page.get_by_role("textbox", name="Subject").fill("换货：茶壶")
    with agent.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        agent.page.keyboard.press("Enter")
    actor.forgives("status of 409")
    other.page.get_by_role("complementary", name="Fields").get_by_label("Type").select_option(label="Incident")
    dialog = other.page.get_by_role("dialog", name="Changed meanwhile")
    expect(dialog.get_by_role("row", name=re.compile("^Subject"))).to_contain_text("换货：茶壶")
    expect(dialog.get_by_role("row", name=re.compile("^Type"))).to_contain_text("Incident")
    dialog.get_by_role("button", name="Save mine over it").click()
    other.told("Saved")
    expect(other.page.get_by_role("button", name="换货：茶壶")).to_be_visible()
    expect(fields.get_by_label("Type")).to_have_value("incident")
    expect(agent.page.get_by_role("button", name="换货：茶壶")).to_be_visible()
