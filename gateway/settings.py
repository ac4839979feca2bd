"""Settings of a process, from the environment; secrets may come from files (`WAYSTATION_…_FILE`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where the stores are, who we are to the outside, and how much one caller may do."""

    mongodb_url: str
    redis_url: str | None
    secret: bytes  # signs visitors' tokens and links
    public_url: str = "http://127.0.0.1:8000"
    smtp_url: str | None = None
    mail_from: str = "Waystation <waystation@localhost>"
    mail_domain: str = ""  # of the addresses that mail comes in at directly; empty: the host of `public_url`
    private_servers: bool = False  # companies may name mail servers in this installation's own network
    name_server: str = ""  # ``host:port`` that senders of mails are verified with; empty: the machine's
    development: bool = False  # the mailbox page instead of a mail server, and the demo shop
    messages_per_second: float = 10.0  # of one visitor, with bursts of six times as many
    connections_per_address: int = 500  # sockets of one network address at one process; 0 = no limit
    body_limit: int = 1_048_576  # bytes of a request that is not an upload

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us by TLS."""
        return self.public_url.startswith("https://")


class Missing(Exception):  # noqa: N818  says what is missing, like the errors of core
    """A setting without which the process cannot start."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment names.

    Raises:
        Missing: no database, or no secret.
    """

    def read(name: str, default: str | None = None) -> str | None:
        if path := environment.get(f"WAYSTATION_{name}_FILE"):
            return Path(path).read_text(encoding="utf-8").strip()
        return environment.get(f"WAYSTATION_{name}", default)

    mongodb_url, secret = read("MONGODB_URL"), read("SECRET")
    if not mongodb_url:
        raise Missing("Set WAYSTATION_MONGODB_URL (or …_FILE) to the address of a MongoDB replica set.")
    if not secret or len(secret) < 32:
        raise Missing("Set WAYSTATION_SECRET (or …_FILE) to at least 32 random characters.")
    usual = Settings(mongodb_url, None, secret.encode())
    return Settings(
        mongodb_url=mongodb_url,
        redis_url=read("REDIS_URL"),
        secret=secret.encode(),
        public_url=(read("PUBLIC_URL") or usual.public_url).rstrip("/"),
        smtp_url=read("SMTP_URL") or None,
        mail_from=read("MAIL_FROM") or usual.mail_from,
        mail_domain=read("MAIL_DOMAIN") or usual.mail_domain,
        private_servers=read("PRIVATE_SERVERS") == "1",
        name_server=read("NAME_SERVER") or usual.name_server,
        development=read("DEVELOPMENT") == "1",
        messages_per_second=float(read("MESSAGES_PER_SECOND") or usual.messages_per_second),
        connections_per_address=int(read("CONNECTIONS_PER_ADDRESS") or usual.connections_per_address),
        body_limit=int(read("BODY_LIMIT") or usual.body_limit),
    )
