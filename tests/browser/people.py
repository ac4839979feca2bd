"""The people of the stories: what a visitor and an agent do and see, in the words on their screens (English)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from re import Pattern

from playwright.sync_api import FilePayload, FrameLocator, Locator, Page, expect

from gateway.demo import pictures
from tests.browser.house import PASSWORD, Company, House

PICTURE: FilePayload = {"name": "cup.png", "mimeType": "image/png", "buffer": pictures.cup()}
OTHER_PICTURE: FilePayload = {"name": "包裹.png", "mimeType": "image/png", "buffer": pictures.parcel()}
TEXT_FILE: FilePayload = {"name": "订单 order.csv", "mimeType": "text/csv", "buffer": b"order,tea\n20931,White Peony\n"}


class Visitor:
    """Somebody in a shop, with the chat in the corner of the page or, ``in_shop=False``, as a page of its own."""

    def __init__(self, page: Page, *, in_shop: bool = True) -> None:
        self.page = page
        self.in_shop = in_shop
        self.chat: FrameLocator | Page = page.frame_locator("waystation-widget iframe") if in_shop else page

    @property
    def field(self) -> Locator:
        return self.chat.get_by_role("textbox", name=re.compile(r"Write a message|Type a number"))

    @property
    def log(self) -> Locator:
        return self.chat.get_by_role("log")

    @property
    def bubbles(self) -> Locator:
        return self.log.locator(".bubble")

    def opens_chat(self) -> None:
        self.page.get_by_role("button", name=re.compile("^Open chat")).click()
        expect(self.chat.get_by_role("heading", level=1)).to_be_visible()

    def says(self, words: str) -> None:
        self.field.fill(words)
        self.field.press("Enter")

    def types(self, words: str) -> None:
        self.field.press_sequentially(words)

    def attaches(self, *files: FilePayload) -> None:
        for file in files:
            with self.page.expect_file_chooser() as chooser:
                self.chat.get_by_role("button", name="Attach pictures or files").click()
            chooser.value.set_files(file)

    def picks_emoji(self, emoji: str) -> None:
        self.chat.get_by_role("button", name="Emoji").click()
        self.chat.get_by_role("dialog", name="Emoji").get_by_role("button", name=emoji, exact=True).click()

    def sees(self, words: str | Pattern[str]) -> None:
        expect(self.log.get_by_text(words).first).to_be_visible()

    def sees_in_all(self, words: list[str]) -> None:
        """See exactly these bubbles, in this order."""
        expect(self.bubbles).to_have_text(words)

    def sees_mark(self, mark: str) -> None:
        """See how far the newest of one's own messages has come: Sent, Read."""
        expect(self.log.locator(".mark")).to_have_text(mark)

    def sees_place(self, words: str) -> None:
        expect(self.chat.get_by_role("region", name="Your place in the line")).to_contain_text(words)

    def sees_picture(self, name: str) -> None:
        _loaded(self.log.get_by_role("button", name=f"Show picture {name}").locator("img"))

    def from_menu(self, item: str) -> None:
        self.chat.get_by_role("button", name="More").click()
        self.chat.get_by_role("menuitem", name=item).click()


class Agent:
    """An agent at the console."""

    def __init__(self, page: Page, company: Company, site: str) -> None:
        self.page = page
        self.company = company
        self.site = site

    # --- coming and going ---

    def signs_in(self) -> None:
        self.page.goto(f"{self.site}/console/sign-in")
        self.page.get_by_label("E-mail").fill(self.company.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.site}/console{path}")

    def takes_at_once(self, limit: int) -> None:
        """Set how many conversations come by themselves; 0 is busy."""
        self.page.get_by_role("navigation", name="Main").locator(".me-button").click()
        choice = self.page.get_by_role("group", name="Conversations at once").get_by_role(
            "button", name="Busy" if limit == 0 else str(limit), exact=True
        )
        choice.click()
        expect(choice).to_have_attribute("aria-pressed", "true")
        self.page.keyboard.press("Escape")

    # --- conversations ---

    @property
    def rows(self) -> Locator:
        return self.page.get_by_role("listbox", name="Conversations").get_by_role("option")

    def opens(self, words: str, *, box: str = "Mine") -> None:
        """Open the conversation whose row has these words."""
        tab = self.page.get_by_role("tab", name=re.compile(f"^{box}"))
        tab.click()
        self.rows.filter(has_text=words).first.click()
        expect(self.transcript).to_be_visible()

    @property
    def transcript(self) -> Locator:
        return self.page.get_by_role("log", name="Transcript")

    @property
    def bubbles(self) -> Locator:
        return self.transcript.locator(".bubble")

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^(Reply|Private note)$"))

    def says(self, words: str) -> None:
        self.field.fill(words)
        self.field.press("Enter")

    def types(self, words: str) -> None:
        self.field.press_sequentially(words)

    def attaches(self, *files: FilePayload) -> None:
        for file in files:
            with self.page.expect_file_chooser() as chooser:
                self.page.get_by_role("button", name="Attach files").click()
            chooser.value.set_files(file)
        expect(self.page.get_by_role("list", name="Attached files").get_by_role("progressbar")).to_have_count(0)
        self.page.get_by_role("button", name=re.compile("^Send")).click()

    def picks_emoji(self, emoji: str) -> None:
        self.page.get_by_role("button", name="Emoji").click()
        self.page.locator(".emoji").get_by_role("button", name=emoji, exact=True).click()

    def sees(self, words: str | Pattern[str]) -> None:
        expect(self.transcript.get_by_text(words).first).to_be_visible()

    def sees_in_all(self, words: list[str]) -> None:
        """See exactly these bubbles, in this order."""
        expect(self.bubbles).to_have_text(words)

    def sees_picture(self, name: str) -> None:
        _loaded(self.transcript.get_by_role("button", name=f"Show picture {name}").locator("img"))

    def sees_receipt(self, words: str) -> None:
        expect(self.transcript.locator(".receipt")).to_have_text(words)

    @contextmanager
    def ends(self, way: str) -> Iterator[Locator]:
        """Open the end dialog, choose the way, let the story fill in the rest, and press the button."""
        self.page.get_by_role("button", name="End", exact=False).filter(has_text="End").first.click()
        dialog = self.page.get_by_role("dialog", name="End the conversation")
        dialog.get_by_role("radio", name=way).check()
        yield dialog
        dialog.get_by_role("button", name=f"End as: {way}").click()
        expect(dialog).to_have_count(0)

    def opens_ticket_just_made(self) -> int:
        """Follow the toast to the ticket; return its number."""
        self.page.get_by_role("button", name="Open it").click()
        expect(self.thread).to_be_visible()
        return self.ticket_number()

    # --- tickets ---

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("log", name="Thread")

    def ticket_number(self) -> int:
        name = self.page.locator("section.ticket").get_attribute("aria-label") or ""
        return int(name.partition("#")[2])

    def told(self, words: str | Pattern[str]) -> None:
        """Be told by a toast."""
        expect(self.page.locator(".toasts").get_by_text(words).first).to_be_visible()


def _loaded(picture: Locator) -> None:
    """The picture is there with its pixels, not as a broken one."""
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert int(picture.evaluate("image => image.naturalWidth")) > 0


def crowd(page: Page, company: Company, words: list[str]) -> None:
    """Let many visitors ask, one after the other, by sockets without screens; from a page that is no visitor's."""
    page.evaluate(CROWD, [company.key, words])


#: Each takes a session, connects as the widget does (Engine.IO 4, Socket.IO 5), says the words, and stays.
CROWD = """async ([channel, all]) => {
  window.crowd = window.crowd ?? [];
  for (const text of all) {
    const opening = await fetch(`/chat/${channel}/opening`, { credentials: 'omit' });
    const { session } = await opening.json();
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    window.crowd.push(socket);
    await new Promise((stored, refused) => {
      socket.onclose = refused;
      socket.onmessage = ({ data }) => {
        const says = { client_id: crypto.randomUUID(), parts: [{ type: 'text', text }] };
        if (data.startsWith('0')) socket.send('40/visitor,' + JSON.stringify({ channel, session }));
        else if (data === '2') socket.send('3');
        else if (data.startsWith('40/visitor')) socket.send('42/visitor,1' + JSON.stringify(['message', says]));
        else if (data.startsWith('43/visitor,1')) data.includes('"ok":true') ? stored() : refused(data);
      };
    });
  }
}"""


def hires(house: House, company: Company, name: str, *, leads: bool = False, group_id: str = "") -> Company:
    """Invite a colleague, who accepts; return the company as this colleague sees it. ``leads``: watches over others."""
    roles = house.call("GET", "/roles", session=company.session)["items"]
    role = next(each for each in roles if each["name"] == ("Administrator" if leads else "Agent"))
    email = f"{name.partition(' ')[0].lower()}@{company.key}.example"
    draft = {"email": email, "role_id": role["id"], "group_ids": [group_id or company.desk_id]}
    house.call("POST", "/invitations", draft, session=company.session)
    token = re.search(r"token=(\S+)", house.mail_to(email))
    assert token, "the mail has no link"
    answer = house.call("POST", "/invitations/accept", {"token": token[1], "name": name, "password": PASSWORD})
    return replace(company, email=email, agent=name, session=answer["session"])
