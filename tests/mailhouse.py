"""Real mail servers for tests: a Dovecot of the test's own, and an SMTP server that keeps what it is given."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from channels.email.imap import Imap

PASSWORD = 'open"sesame'


def require_dovecot() -> str:
    """Return the path of Dovecot; a machine without it fails: what was not tried is not known to work."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.fail("These tests need Dovecot: `sudo make test-needs`, or `apt install dovecot-imapd`.", pytrace=False)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Certificate:
    """A certificate for 127.0.0.1 that signs itself."""

    certificate: Path
    key: Path

    @property
    def pem(self) -> str:
        return self.certificate.read_text("ascii")

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(folder: Path) -> Certificate:
    made = Certificate(folder / "server.pem", folder / "server.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", str(made.key), "-out", str(made.certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


DOVECOT_CONF = """
base_dir = {run}
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login xoauth2
auth_username_chars =
mail_location = maildir:{root}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 0
last_valid_uid = 0
first_valid_gid = 0
mail_max_userip_connections = 100
default_internal_user = {user}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {root}/oauth2.conf
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
imap_idle_notify_interval = 30 secs
"""


@dataclass
class Dovecot:
    """A running Dovecot; every user exists, all with the same password, each with an empty mailbox at first."""

    root: Path
    binary: str
    certificate: Certificate
    imap: int = field(default_factory=free_port)
    imaps: int = field(default_factory=free_port)
    tokens: int = field(default_factory=free_port)  # where it asks whether a token is good
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        is_root = os.getuid() == 0
        mine = "mail" if is_root else os.environ.get("USER", "nobody")
        (self.root / "mail").mkdir(exist_ok=True)
        (self.root / "state").mkdir(exist_ok=True)
        if is_root:
            shutil.chown(self.root / "mail", mine, mine)
        self.root.chmod(0o755)
        words = {
            "root": self.root, "run": self.root / "run", "certificate": self.certificate.certificate,
            "key": self.certificate.key, "uid": mine, "gid": mine, "imap": self.imap, "imaps": self.imaps,
            "password": PASSWORD, "user": "dovecot" if is_root else mine,
            "login": "dovenull" if is_root else mine, "group": "dovecot" if is_root else mine,
        }  # fmt: skip
        (self.root / "dovecot.conf").write_text(DOVECOT_CONF.format(**words))
        (self.root / "oauth2.conf").write_text(
            f"introspection_url = http://127.0.0.1:{self.tokens}/check?token=\nintrospection_mode = get\n"
            "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
        )
        self.process = subprocess.Popen(
            [self.binary, "-F", "-c", str(self.root / "dovecot.conf")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.imap), 1) as answering:
                answering.settimeout(5)
                if answering.recv(4) == b"* OK":
                    return
            assert self.process.poll() is None, (self.root / "dovecot.log").read_text()
            time.sleep(0.02)
        raise AssertionError(f"Dovecot did not start: {(self.root / 'dovecot.log').read_text()}")

    def stop(self) -> None:
        """Stop; every connection is gone: left alone, those that idle live on for ten seconds."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def account(self, user: str) -> dict[str, Any]:
        """Return what a channel needs to read this user's mailbox."""
        return {
            "imap_host": "127.0.0.1", "imap_port": self.imaps, "imap_security": "tls", "imap_user": user,
            "imap_password": PASSWORD, "certificate": self.certificate.pem,
        }  # fmt: skip

    async def opened(self, user: str, folder: str = "INBOX") -> Imap:
        """Return a connection to a user's folder."""
        connection = await Imap.connect("127.0.0.1", self.imaps, "tls", certificate=self.certificate.pem, private=True)
        await connection.login(user, PASSWORD)
        await connection.select(folder)
        return connection

    async def receives(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into a user's folder."""
        connection = await self.opened(user)
        for mail in mails:
            await connection.append(folder, mail)
        await connection.logout()

    def lays_down(self, user: str, mails: list[bytes]) -> None:
        """Put many mails into a user's mailbox at once, the way a delivery agent does."""
        folder = self.root / "mail" / user
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            for place in (folder, *(folder / name for name in ("cur", "new", "tmp"))):
                shutil.chown(place, "mail", "mail")
        for number, mail in enumerate(mails):
            name = f"{time.time_ns()}.{number:06}.test"
            (folder / "tmp" / name).write_bytes(mail)
            if os.getuid() == 0:
                shutil.chown(folder / "tmp" / name, "mail", "mail")
            (folder / "tmp" / name).rename(folder / "new" / name)  # whole, or not there

    def changes_uid_validity(self, user: str, value: int) -> None:
        """Make all UIDs of a user's mailbox void, as a restored backup does."""
        doveadm = Path(self.binary).with_name("doveadm")
        doveadm = doveadm if doveadm.exists() else Path("/usr/bin/doveadm")
        command = ["mailbox", "update", "-u", user, "--uid-validity", str(value), "INBOX"]
        subprocess.run([str(doveadm), "-c", str(self.root / "dovecot.conf"), *command], check=True, capture_output=True)


@contextlib.contextmanager
def a_dovecot() -> Iterator[Dovecot]:
    """Run a Dovecot for as long as needed."""
    binary = require_dovecot()
    with TemporaryDirectory(prefix="waystation-dovecot-") as folder:
        dovecot = Dovecot(Path(folder), binary, make_certificate(Path(folder)))
        dovecot.start()
        try:
            yield dovecot
        finally:
            dovecot.stop()


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """The test process's Dovecot; each story takes users of its own."""
    with a_dovecot() as running:
        yield running


# --- The server that mails are sent through ---


@dataclass
class Received:
    """A mail that the post office was given."""

    sender: str
    recipients: list[str]
    raw: bytes
    mail: Message = field(init=False)

    def __post_init__(self) -> None:
        self.mail = BytesParser(policy=SMTP_POLICY).parsebytes(self.raw)

    def text(self) -> str:
        """Return the plain text."""
        assert isinstance(self.mail, EmailMessage)
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@dataclass
class PostOffice:
    """An SMTP server on loopback: keeps what it is given, refuses when it is told to, and may hand on."""

    certificate: Certificate
    received: list[Received] = field(default_factory=list)
    refusals: deque[str] = field(default_factory=deque)  # replies to the next mails: "451 …", "550 …"
    refused_recipients: dict[str, str] = field(default_factory=dict)  # address → reply
    handed_on: dict[str, Any] = field(default_factory=dict)  # address → async function that takes the raw mail
    connections: int = 0
    says: str = "250 kept"
    port: int = field(default_factory=free_port)
    security: str = "starttls"
    hang_up_after_data: int = 0  # so many times the connection is cut instead of the answer to DATA

    def account(self) -> dict[str, Any]:
        """Return what a channel needs to send through it."""
        return {
            "smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": self.security, "smtp_user": "desk",
            "smtp_password": PASSWORD, "certificate": self.certificate.pem,
        }  # fmt: skip

    def to(self, address: str) -> list[Received]:
        """Return the mails that went to an address."""
        return [one for one in self.received if address in one.recipients]

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.popleft()
        raw = bytes(envelope.original_content or b"")
        self.received.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), raw))
        for recipient in envelope.rcpt_tos:
            if recipient in self.handed_on:
                await self.handed_on[recipient](raw)
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            server.transport.abort()  # type: ignore[union-attr]
        return self.says

    def _checks(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any) -> AuthResult:
        right = isinstance(said, LoginPassword) and said.password.decode() == PASSWORD
        return AuthResult(success=right, handled=False)


class _Server(SMTP):
    line_length_limit = 1_000_000


@contextlib.asynccontextmanager
async def a_post_office(certificate: Certificate, *, security: str = "starttls") -> AsyncIterator[PostOffice]:
    """Run an SMTP server for as long as needed."""
    office = PostOffice(certificate, security=security)

    def answers() -> SMTP:
        office.connections += 1
        starttls = certificate.server_context() if security == "starttls" else None
        return _Server(
            office, hostname="post.test", enable_SMTPUTF8=True, data_size_limit=60_000_000, tls_context=starttls,
            require_starttls=starttls is not None, authenticator=office._checks, auth_required=security != "none",
            auth_require_tls=starttls is not None,
        )  # fmt: skip

    context = certificate.server_context() if security == "tls" else None
    server = await asyncio.get_running_loop().create_server(answers, "127.0.0.1", office.port, ssl=context)
    try:
        yield office
    finally:
        server.close()


@contextlib.asynccontextmanager
async def a_token_office(port: int) -> AsyncIterator[dict[str, Any]]:
    """Run an OAuth server: gives tokens for refresh tokens, and tells Dovecot whether one is good."""
    state: dict[str, Any] = {"given": 0, "refresh": "refresh-1", "user": "", "good": set()}

    async def give(request: web.Request) -> web.Response:
        asked = parse_qs((await request.read()).decode())
        if asked.get("refresh_token") != [state["refresh"]] or asked.get("client_secret") != ["hush"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        state["given"] += 1
        token = f"token-{state['given']}"
        state["good"].add(token)
        return web.json_response({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def check(request: web.Request) -> web.Response:
        good = request.query.get("token") in state["good"]
        return web.json_response({"active": good, "email": state["user"]}, status=200 if good else 401)

    app = web.Application()
    app.router.add_post("/token", give)
    app.router.add_get("/check", check)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    state["url"] = f"http://127.0.0.1:{port}/token"
    try:
        yield state
    finally:
        await runner.cleanup()


def a_mail(
    *,
    sender: str = "lin@customer.test",
    to: str = "help@desk.test",
    subject: str = "Hello",
    text: str = "Hi there",
    **headers: str,
) -> bytes:
    """Return a plain mail as a customer's program sends it; ``headers`` with underscores for hyphens."""
    mail = EmailMessage(policy=SMTP_POLICY)
    said = {"From": sender, "To": to, "Subject": subject, "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
            "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": "8bit"}  # fmt: skip
    for name, value in (said | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            mail[name] = value
    return mail.as_bytes().rstrip() + b"\r\n\r\n" + text.replace("\n", "\r\n").encode() + b"\r\n"
