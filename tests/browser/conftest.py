"""What stories in real browsers may ask for: the house, a company, and actors whose console must stay clean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from tests.browser.house import Company, House, a_house
from tests.browser.people import Agent, Visitor

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds; the machine may be busy
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a story the time that starting everything takes, should it be the first."""
    for item in items:
        item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, quiet."""
    return {"executable_path": "/usr/bin/chromium", "args": FLAGS}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Take the place of the plugin's fixture, which is written in a way that pytest 9 deprecates."""
    return ""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Stores, web, worker and demo company, started once."""
    with a_house(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture
def company(house: House) -> Company:
    """A company of one's own, so that nobody else's conversations come along."""
    return house.founds()


class Actors:
    """Opens browsers for people, and keeps what their consoles complained about."""

    def __init__(self, house: House, new_context: Callable[..., BrowserContext]) -> None:
        self.house = house
        self.complaints: list[str] = []
        self._new_context = new_context
        self._forgiven: list[str] = []

    def forgives(self, pattern: str) -> None:
        """Expect complaints like this one: a story in which the network or the server is away."""
        self._forgiven.append(pattern)

    def page(self, **context: Any) -> Page:
        """Open a browser of its own, with its own cookies."""
        given = {"locale": "en-GB", "reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}} | context
        opened = self._new_context(**given)
        opened.set_default_timeout(PATIENCE)
        opened.on("console", self._hears)
        opened.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        return opened.new_page()

    def agent(self, company: Company, **context: Any) -> Agent:
        """Let the company's founder sign in and open the console."""
        agent = Agent(self.page(**context), company, self.house.url)
        agent.signs_in()
        return agent

    def visitor(self, company: Company, **context: Any) -> Visitor:
        """Let somebody come to the shop that embeds the company's chat, and open it."""
        page = self.page(**context)
        page.goto(f"{self.house.shop}?lang=en&channel={company.key}")
        visitor = Visitor(page)
        visitor.opens_chat()
        return visitor

    def lobby(self) -> Page:
        """Open a page of our own site that knows nobody: for those who come without a screen."""
        page = self.page()
        page.goto(f"{self.house.url}/console/sign-in")
        return page

    def unforgiven(self) -> list[str]:
        """Return what was complained about and not expected."""
        return [words for words in self.complaints if not any(re.search(each, words) for each in self._forgiven)]

    def _hears(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
def actor(house: House, new_context: Callable[..., BrowserContext]) -> Iterator[Actors]:
    """Opens browsers; an error in anybody's console fails the story."""
    actors = Actors(house, new_context)
    yield actors
    assert not actors.unforgiven()
