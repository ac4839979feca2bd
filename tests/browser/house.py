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
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pymongo import MongoClient

from gateway.embedded import spawn

PASSWORD = "a-lantern-in-the-hills"
READY_WITHIN = 90.0  # seconds; two busy cores load a whole demo company
MAILED_WITHIN = 20.0
_numbers = itertools.count(1)
Found = TypeVar("Found")


def lines_of(log: Path, *, until: str, of: int, within: float) -> str:
    """Return what a process has written to its log up to a line with certain words, as soon as that stands there."""
    said = ""
    with subprocess.Popen(
        ["tail", "-n", "+1", "-F", "--silent", f"--pid={of}", str(log)], stdout=subprocess.PIPE, text=True
    ) as tail:
        alarm = threading.Timer(within, tail.kill)
        alarm.start()
        try:
            for line in tail.stdout or ():
                said += line
                if until in line:
                    return said
        finally:
            alarm.cancel()
            tail.kill()
    raise AssertionError(f"“{until}” was not said within {within:.0f} s:\n{said}")


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

        return self.until_mailed(look, f"a mail to {email}")

    def until_mailed(self, look: Callable[[], Found | None], what: str) -> Found:
        """Return what ``look`` finds, which is asked again with every mail that goes out."""
        deadline = time.monotonic() + MAILED_WITHIN
        with (
            MongoClient[dict[str, Any]](self._mongodb_url()) as client,
            client.get_default_database()["mailbox"].watch(max_await_time_ms=1_000) as mails,
        ):
            while time.monotonic() < deadline:
                if (found := look()) is not None:
                    return found
                mails.try_next()  # waits for the next one
        raise AssertionError(f"It did not happen within {MAILED_WITHIN:.0f} s: {what}")

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

    def _mongodb_url(self) -> str:
        environment = Path(f"/proc/{self._web()}/environ").read_text().split("\0")
        return dict(each.split("=", 1) for each in environment if each)["WAYSTATION_MONGODB_URL"]

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
    try:
        said = lines_of(log, until="Ctrl-C", of=child.pid, within=READY_WITHIN)
        address = re.search(r"(http://127\.0\.0\.1:\d+)/console", said)
        assert address, said
        yield House(address[1], child.pid, log)
    finally:
        child.terminate()
        child.wait(60)
