"""Pictures of every page and state, in both languages and themes and two sizes: `python -m tests.screenshots`.

They go into a folder outside the repository, the first argument or a new temporary one, whose name is printed; more
arguments name the scenes, out of `strangers`, `console`, `leading` and `widget`.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from gateway.demo import pictures
from tests.browser.conftest import FLAGS, PATIENCE
from tests.browser.house import House, a_house

Scheme = Literal["light", "dark"]
LANGUAGES = ("zh-CN", "en")
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SIZES: dict[str, ViewportSize] = {"1280": {"width": 1280, "height": 800}, "390": {"width": 390, "height": 844}}
AGENTS = {"zh-CN": "shen.qing@lanternleaf.example", "en": "ann.porter@lanternleaf.example"}
PASSWORD = "lantern-leaf-2026"
PICTURE: FilePayload = {"name": "包裹.png", "mimeType": "image/png", "buffer": pictures.parcel()}
FILE: FilePayload = {"name": "order-20931.csv", "mimeType": "text/csv", "buffer": pictures.ORDERS.encode()}
SAID = {
    "zh-CN": ("单号 {}：你好，我的包裹三天没动了。", "您好，我看一下物流，请稍等 🙏", "海关在查验，预计后天放行。"),
    "en": (
        "Order {}: hello, my parcel has not moved for three days.",
        "Hello! Let me look. 🙏",
        "Customs has it: two days.",
    ),
}
_orders = itertools.count(20_931)

CONSOLE = {
    "inbox-waiting": "/inbox/waiting",
    "inbox-group": "/inbox/group",
    "inbox-ended": "/inbox/ended",
    "tickets-all": "/tickets/all",
    "tickets-todo": "/tickets/todo",
    "tickets-starred-empty": "/tickets/starred",
    "tickets-search": "/tickets/all?q=茶",
    "tickets-nothing-found": "/tickets/all?q=nothing-like-this",
    "customers": "/customers",
    "people-agents": "/people/agents",
    "people-groups": "/people/groups",
    "people-roles": "/people/roles",
    "people-invitations": "/people/invitations",
    "settings-channels": "/settings/channels",
    "settings-mails": "/settings/mails",
    "settings-mail-text": "/settings/mails/answer.zh-CN",
    "settings-catalog": "/settings/catalog",
    "settings-company": "/settings/company",
    "settings-audit": "/settings/audit",
    "settings-jobs": "/settings/jobs",
    "account": "/account",
    "nowhere": "/nowhere",
}
FIRST_OF = {
    "conversation-ended": ("/inbox/ended", ".virtual-row"),
    "ticket": ("/tickets/all", ".virtual-row"),
    "customer": ("/customers", ".virtual-row, tbody tr"),
    "settings-channel": ("/settings/channels", "tbody tr a, tbody tr button"),
}
STRANGERS = {
    "door-sign-in": "/console/sign-in",
    "door-sign-up": "/console/sign-up",
    "door-activate": "/console/activate?email=olivia@example.com",
    "door-forgot": "/console/forgot",
    "door-reset": "/console/reset?token=x",
    "door-invitation-refused": "/console/invitation?token=x",
    "design": "/design",
    "shop": "/demo",
    "api": "/api/docs",
    "mailbox": "/mailbox",
}
SCENES = ("strangers", "console", "leading", "widget")


@dataclass
class Studio:
    """Takes the pictures of one language, theme and size."""

    browser: Browser
    house: House
    folder: Path
    language: str
    scheme: Scheme
    size: str

    @contextlib.contextmanager
    def context(self, **more: Any) -> Iterator[BrowserContext]:
        """Open a browser that looks this way."""
        given: dict[str, Any] = {
            "locale": self.language, "color_scheme": self.scheme, "viewport": SIZES[self.size],
            "reduced_motion": "reduce", "has_touch": self.size == "390", "device_scale_factor": 1,
        }  # fmt: skip
        context = self.browser.new_context(**given | more)
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()

    def takes(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Take a picture once nothing loads any more."""
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if name != "design":  # which shows what loading looks like, too
            expect(page.locator("main .skeleton, main[aria-busy=true]")).to_have_count(0)
        path = self.folder / self.language / self.scheme / self.size / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, animations="disabled", caret="hide", full_page=whole)


def signs_in(page: Page, house: House, language: str) -> None:
    page.goto(f"{house.url}/console/sign-in")
    page.locator("[name=email]").fill(AGENTS[language])
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".rail")).to_be_visible()


def takes_at_once(page: Page, limit: int) -> None:
    page.locator(".me-button").click()
    choice = page.locator(".me-limit button").filter(
        has_text=re.compile(rf"^{limit}$") if limit else re.compile(r"^\D")
    )
    choice.click()
    expect(choice).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")


def opens_chat(context: BrowserContext, house: House, language: str) -> tuple[Page, Any]:
    """Open the chat on the page of its own; return the page and where the chat is."""
    page = context.new_page()
    page.goto(f"{house.url}/chat/{'demo' if language == 'zh-CN' else 'demo-en'}?lang={language}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page, page


def writes(field: Locator, words: str) -> None:
    field.fill(words)
    field.press("Enter")


def strangers(studio: Studio) -> None:
    with studio.context() as context:
        page = context.new_page()
        for name, path in STRANGERS.items():
            query = f"{'&' if '?' in path else '?'}lang={studio.language}"
            page.goto(f"{studio.house.url}{path}{query}")
            expect(page.get_by_role("heading").first).to_be_visible()
            studio.takes(page, name, whole=name in ("design", "shop"))


def console(studio: Studio, state: Any, talk: str) -> None:
    """Everything that an agent sees; ``talk`` is the id of the running conversation."""
    with studio.context(storage_state=state) as context:
        page = context.new_page()

        def opens(path: str) -> None:
            page.goto(f"{studio.house.url}/console{path}")
            expect(page.locator(".rail")).to_be_visible()

        for name, path in CONSOLE.items():
            opens(path)
            studio.takes(page, name)
        for name, (path, row) in FIRST_OF.items():
            opens(path)
            page.locator(row).nth(1).click()
            expect(page).not_to_have_url(re.compile(f"{path}$"))
            studio.takes(page, name)
        opens(f"/inbox/mine/{talk}")
        expect(page.locator(".bubble").first).to_be_visible()
        studio.takes(page, "conversation")
        page.locator(".chat-acts .button").click()
        for way in ("solved", "unsolved", "refused"):
            page.locator(f"dialog input[value={way}]").check()
            studio.takes(page, f"end-{way}")
        page.keyboard.press("Escape")
        page.locator(".chat-acts .icon-button").last.click()
        studio.takes(page, "conversation-without-customer" if studio.size == "1280" else "conversation-customer")
        opens("/inbox/mine")
        page.locator(".me-button").click()
        studio.takes(page, "me-menu")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        page.locator(".palette input").press_sequentially("t")
        studio.takes(page, "palette")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        studio.takes(page, "shortcuts")
        opens("/tickets/all")
        page.locator(".list-head .button").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        studio.takes(page, "new-ticket")


def leading(studio: Studio, state: Any, talk: str) -> None:
    """What changes hands, who is asked in, and what leaders see; ``talk`` is the id of the running conversation."""
    with studio.context(storage_state=state) as context, studio.context() as outside:
        page, guest = context.new_page(), outside.new_page()
        site = studio.house.url
        page.goto(f"{site}/console/board")
        expect(page.locator(".desk").first).to_be_visible()
        studio.takes(page, "board")
        page.goto(f"{site}/console/wall")
        expect(page.locator(".wall-desks")).to_be_visible()
        studio.takes(page, "wall")
        page.goto(f"{site}/console/inbox/mine/{talk}")
        expect(page.locator(".bubble").first).to_be_visible()
        more = page.locator(".chat-acts [aria-haspopup=menu]")
        more.click()
        studio.takes(page, "conversation-menu")
        page.keyboard.press("Escape")
        for place, name in enumerate(("hand-on", "invite", "invite-outside")):
            more.click()
            page.get_by_role("menuitem").nth(place).click()
            expect(page.locator("dialog .choice, dialog input").first).to_be_visible()
            studio.takes(page, name)
            if name != "invite-outside":
                page.keyboard.press("Escape")
        page.locator("dialog input").fill("李师傅" if studio.language == "zh-CN" else "Gus Plumber")
        page.locator("dialog [type=submit]").click()
        link = page.locator("dialog input[readonly]")
        expect(link).to_be_visible()
        studio.takes(page, "guest-link")
        guest.goto(link.input_value())
        expect(guest.locator(".guest-note")).to_be_visible()
        studio.takes(guest, "guest")
        page.keyboard.press("Escape")
        expect(page.locator(".guests")).to_be_visible()
        studio.takes(page, "conversation-with-a-guest")
        guest.locator(".guest-leave").click()
        studio.takes(guest, "guest-leaves")
        guest.locator(".guest-acts .primary").click()
        expect(guest.locator(".composer")).to_have_count(0)
        studio.takes(guest, "guest-left")


def widget(studio: Studio, agent: Page) -> None:
    """Everything that a visitor sees, with an agent who answers."""
    asked, greeted, answered = SAID[studio.language]
    asked = asked.format(next(_orders))
    takes_at_once(agent, 20)
    with studio.context() as context, studio.context() as another:
        page, chat = opens_chat(context, studio.house, studio.language)
        studio.takes(page, "chat-welcome")
        chat.locator(".choice").first.click()
        expect(chat.locator(".bubble").first).to_be_visible()
        studio.takes(page, "chat-menu")
        writes(chat.locator("textarea"), asked)
        rows = agent.locator(".virtual-row")
        rows.filter(has_text=asked[:11]).first.click()
        field = agent.locator(".composer textarea")
        writes(field, greeted)
        expect(chat.get_by_text(greeted)).to_be_visible()
        with page.expect_file_chooser() as chooser:
            chat.locator(".tools .icon-button").nth(1).click()
        chooser.value.set_files([PICTURE, FILE])
        expect(chat.get_by_text("order-20931.csv")).to_be_visible()
        field.press_sequentially(answered)
        expect(chat.locator(".typing")).to_be_visible()
        studio.takes(page, "chat-typing")
        field.press("Enter")
        expect(chat.get_by_text(answered)).to_be_visible()
        studio.takes(page, "chat-talk")
        chat.locator(".tools .icon-button").first.click()
        studio.takes(page, "chat-emoji")
        page.keyboard.press("Escape")

        hosted = int(agent.locator(".me-load").inner_text().partition("/")[0])
        takes_at_once(agent, hosted)
        page_2, waits = opens_chat(another, studio.house, studio.language)
        writes(waits.locator("textarea"), asked)
        expect(waits.locator(".queue")).to_be_visible()
        studio.takes(page_2, "chat-queue")
        waits.locator(".queue button").click()
        waits.locator(".form [type=submit]").click()
        studio.takes(page_2, "chat-form")
        waits.locator("#name").fill("陈奕" if studio.language == "zh-CN" else "Olivia Chen")
        waits.locator("#email").fill("olivia@example.com")
        waits.locator(".form [type=submit]").click()
        expect(waits.locator(".done")).to_be_visible()
        studio.takes(page_2, "chat-sent")
        waits.locator("main button").first.click()
        studio.takes(page_2, "chat-request")

        agent.locator(".chat-acts .button").click()
        agent.locator("dialog [type=submit]").click()
        expect(chat.locator(".rating")).to_be_visible()
        studio.takes(page, "chat-ended")
        context.set_offline(True)
        expect(chat.locator(".banner")).to_be_visible()
        studio.takes(page, "chat-offline")


def shoot(folder: Path, scenes: Collection[str]) -> None:
    """Start everything and take the pictures of these scenes."""
    with tempfile.TemporaryDirectory() as data, a_house(Path(data)) as house, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in LANGUAGES:
            with browser.new_context(locale=language, viewport=SIZES["1280"], reduced_motion="reduce") as desk:
                agent = desk.new_page()
                signs_in(agent, house, language)
                takes_at_once(agent, 20)
                with browser.new_context(locale=language) as guest:
                    talk = a_talk(agent, guest, house, language)
                    for scheme, size in itertools.product(SCHEMES, SIZES):
                        studio = Studio(browser, house, folder, language, scheme, size)
                        if "strangers" in scenes:
                            strangers(studio)
                        if "console" in scenes:
                            console(studio, desk.storage_state(), talk)
                        if "leading" in scenes:
                            leading(studio, desk.storage_state(), talk)
                        if "widget" in scenes:
                            widget(studio, agent)
                        sys.stdout.write(f"  {language} {scheme} {size}\n")
                        sys.stdout.flush()
                takes_at_once(agent, 0)
        browser.close()


def a_talk(agent: Page, guest: BrowserContext, house: House, language: str) -> str:
    """Let a guest talk with the agent; return the conversation's id."""
    asked, greeted, answered = SAID[language]
    asked = asked.format(next(_orders))
    page, chat = opens_chat(guest, house, language)
    writes(chat.locator("textarea"), asked)
    agent.locator(".virtual-row").filter(has_text=asked[:11]).first.click()
    field = agent.locator(".composer textarea")
    writes(field, greeted)
    with page.expect_file_chooser() as chooser:
        chat.locator(".tools .icon-button").nth(1).click()
    chooser.value.set_files([PICTURE, FILE])
    expect(agent.get_by_text("order-20931.csv").first).to_be_visible()
    writes(field, answered)
    expect(chat.get_by_text(answered)).to_be_visible()
    return agent.url.rpartition("/")[2]


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="waystation-screenshots-"))
    shoot(where, sys.argv[2:] or SCENES)
    sys.stdout.write(f"The pictures are in {where}\n")
