"""The main job without a mouse, and with an input method that composes Chinese."""

from __future__ import annotations

from playwright.sync_api import CDPSession, Frame, Page, expect

from tests.browser.conftest import Actors
from tests.browser.house import PASSWORD, Company, House
from tests.browser.people import Agent, Visitor


def tabs_to(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until the focus is on what has this name (in whatever frame the focus is)."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if name in _focused(page):
            return
    raise AssertionError(f"no way to {name!r} by Tab")


def _focused(page: Page) -> str:
    """Return name and words of what has the focus, down through shadow roots and frames."""
    frame: Frame | None = page.main_frame
    while frame:
        words = frame.evaluate(
            """() => {
              let at = document.activeElement;
              while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              if (at?.tagName === 'IFRAME') return null;
              const labels = [...(at?.labels ?? [])].map((label) => label.textContent);
              const own = at?.matches('button, a, summary, [role=option], [role=row]') ? at.textContent : '';
              return [at?.ariaLabel, own, at?.title, ...labels].join(' ');
            }"""
        )
        if words is not None:
            return str(words)
        frame = next(iter(frame.child_frames), None)
    return ""


def composes(session: CDPSession, words: str) -> None:
    """Compose with an input method, press Enter inside the composition, then commit the words."""
    session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    # An input method keeps the Enter to itself: the page hears of the key, and no new line comes of it.
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": 13})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter", "windowsVirtualKeyCode": 13})
    session.send("Input.insertText", {"text": words})


def test_the_main_job_by_keyboard_alone(actor: Actors, house: House, company: Company) -> None:
    agent = Agent(actor.page(), company, house.url)
    page = agent.page
    page.goto(f"{house.url}/console/sign-in")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(company.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("No conversation is yours")).to_be_visible()

    shop = actor.page()
    shop.goto(f"{house.shop}?lang=en&channel={company.key}")
    visitor = Visitor(shop)
    expect(shop.get_by_role("button", name="Open chat")).to_be_visible()
    tabs_to(shop, "Open chat")
    shop.keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    shop.keyboard.type("Is anybody there?")
    shop.keyboard.press("Enter")
    visitor.sees("Ann Porter joined")
    tabs_to(shop, "Emoji")
    shop.keyboard.press("Enter")
    expect(visitor.chat.get_by_role("dialog", name="Emoji").get_by_role("button").first).to_be_focused()
    shop.keyboard.press("ArrowRight")
    shop.keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    shop.keyboard.press("Enter")
    expect(visitor.bubbles).to_have_count(2)

    expect(agent.rows).to_have_count(1)
    tabs_to(page, "waits for an answer")
    page.keyboard.press("Enter")
    expect(agent.field).to_be_focused()
    page.keyboard.type("I am.")
    page.keyboard.press("Enter")
    visitor.sees("I am.")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("They were quick.")
    page.keyboard.press("Enter")
    agent.sees("They were quick.")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="End the conversation")
    expect(dialog.get_by_role("radio", name="Solved")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("radio", name="Not solvable online")).to_be_checked()
    page.keyboard.press("ArrowUp")
    tabs_to(page, "Subject")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)

    shop.keyboard.press("Tab")
    tabs_to(shop, "Very bad")
    shop.keyboard.press("End")
    for _ in range(4):
        shop.keyboard.press("ArrowRight")
    expect(visitor.chat.get_by_role("radio", name="Very good")).to_be_checked()
    tabs_to(shop, "Send rating")
    shop.keyboard.press("Enter")
    expect(visitor.chat.get_by_text("Thank you for your rating").first).to_be_visible()
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("button", name="Open chat")).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("all tickets")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All tickets")).to_be_visible()
    tabs_to(page, "Is anybody there?")
    page.keyboard.press("Enter")
    expect(agent.thread.get_by_text("I am.")).to_be_visible()
    expect(agent.thread.get_by_text("Rated 5 of 5")).to_be_visible()


def test_enter_never_sends_while_an_input_method_composes(actor: Actors, company: Company) -> None:
    agent, visitor = actor.agent(company), actor.visitor(company)
    visitor.field.click()
    frame = next(frame for frame in visitor.page.frames if "/chat/" in frame.url)
    composes(visitor.page.context.new_cdp_session(frame), "你好")
    expect(visitor.field).to_have_value("你好")
    expect(visitor.bubbles).to_have_count(0)
    visitor.field.press("Enter")
    visitor.sees_in_all(["你好"])

    agent.opens("你好")
    agent.field.click()
    composes(agent.page.context.new_cdp_session(agent.page), "您好，请讲")
    expect(agent.field).to_have_value("您好，请讲")
    expect(agent.bubbles).to_have_count(1)
    agent.field.press("Enter")
    agent.sees_in_all(["你好", "您好，请讲"])
