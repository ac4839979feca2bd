"""The house that the stories happen in: `python -m gateway run` with stores, web, worker and demo company, for real."""

from __future__ import annotations

import contextlib
import html
import itertools
import json
import os
import re
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gateway.embedded import spawn

PASSWORD = "a-lantern-in-the-hills"
READY_WITHIN = 90.0  # seconds; two busy cores load a whole demo company
_numbers = itertools.count(1)
Found = TypeVar("Found")


def until(look: Callable[[], Found | None], what: str, *, within: float = 20.0) -> Found:
    """Return what ``look`` finds, looking again and again: for what no page can wait for (logs, mails, processes)."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"It did not happen within {within:.0f} s: {what}")


@dataclass(frozen=True)
class Company:
    """A company of its own for one story, with a chat channel; its founder serves."""

    name: str
    email: str
    agent: str
    key: str  # of the channel
    session: str
    tenant_id: str
    desk_id: str


@dataclass
class House:
    """Everything that runs, at ``url``; the shop stands at another site, ``shop``."""

    url: str
    pid: int
    log: Path

    @property
    def shop(self) -> str:
        """The same machine by its other name is another site to a browser."""
        return self.url.replace("127.0.0.1", "localhost") + "/demo"

    def call(self, method: str, path: str, body: Any = None, *, session: str = "", address: str = "") -> Any:
        """Call the API as a program does, from a network address if it matters; return the JSON of the answer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {session}"} if session else {})
        headers |= {"X-Forwarded-For": address} if address else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def mail_to(self, email: str, *, about: str = "") -> str:
        """Return the text of the newest mail to somebody, waiting for it; ``about``: what it must contain."""

        def look() -> str | None:
            with urllib.request.urlopen(f"{self.url}/mailbox", timeout=30) as answer:
                page = answer.read().decode()
            for mail in page.split("<details")[1:]:
                if f"<span>{email}</span>" in mail and about in mail:
                    return html.unescape(re.sub(r"<[^>]+>", "", mail.partition("<pre>")[2]))
            return None

        return until(look, f"a mail to {email}")

    def founds(self, *, agent: str = "Ann Porter", language: str = "en", **channel: Any) -> Company:
        """Found a company through the API, code from the mailbox and all."""
        number = next(_numbers)
        key, address = f"story-{number}-{os.getpid()}", f"192.0.2.{number % 250}"  # only so many sign up from one
        email, name = f"founder@{key}.example", f"Company of {key}"
        person = {"name": agent, "email": email, "password": PASSWORD}
        self.call("POST", "/sign-up", person | {"company": name, "language": language}, address=address)
        found = re.search(r"^\s*(\d{6})\s*$", self.mail_to(email), re.MULTILINE)
        assert found, "the mail has no code"
        answer = self.call("POST", "/activate", {"email": email, "code": found[1]})
        session, me = answer["session"], answer["me"]
        desk_id = me["groups"][0]["id"]
        draft = {"name": name, "key": key, "desk_id": desk_id, "language": language} | channel
        self.call("POST", "/channels", draft, session=session)
        return Company(name, email, agent, key, session, me["tenant"]["id"], desk_id)

    @contextlib.contextmanager
    def without_web(self) -> Iterator[None]:
        """Kill -9 the web process; who watches over it may start another only when the story goes on."""
        web = self._web()
        assert web, "there is no web process"
        os.kill(self.pid, signal.SIGSTOP)
        try:
            os.kill(web, signal.SIGKILL)
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _web(self) -> int | None:
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                with contextlib.suppress(OSError):
                    if b"\0web\0" in Path(f"/proc/{child}/cmdline").read_bytes():
                        return int(child)
        return None


@contextlib.contextmanager
def a_house(data: Path) -> Iterator[House]:
    """Start everything as `make run` does, and stop it as Ctrl-C does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = data / "run.log"
    child = spawn([sys.executable, "-m", "gateway", "run", "--data", str(data / "data"), "--port", str(port)], log=log)

    def greeting() -> str | None:
        assert child.poll() is None, f"it ended:\n{log.read_text(encoding='utf-8')}"
        said = log.read_text(encoding="utf-8") if log.exists() else ""
        return said if "Ctrl-C" in said else None

    try:
        said = until(greeting, "everything runs", within=READY_WITHIN)
        address = re.search(r"(http://127\.0\.0\.1:\d+)/console", said)
        assert address, said
        yield House(address[1], child.pid, log)
    finally:
        child.terminate()
        child.wait(60)
