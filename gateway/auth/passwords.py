"""Passwords: argon2id away from the event loop, and what makes one too weak (spec 1.9)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import N_, Unavailable
from people.errors import wrong

T = TypeVar("T")

SHORTEST: Final = 10  # characters
LONGEST: Final = 200

#: 35 ms and 19 MiB each (OWASP's choice); the library's own defaults cost 194 ms and 64 MiB (notes, measured).
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

#: Two threads are two cores and 38 MiB at most, however many knock at once.
_threads: Final = ThreadPoolExecutor(2, thread_name_prefix="argon2")
QUEUE: Final = 200  # that may wait for a thread, 3 to 4 seconds' worth
_waiting = 0

#: What is left of the commonest passwords when their digits and signs are taken away.
_COMMON = """
    password passwort passwd pass word admin administrator root user guest test testing tester default changeme
    welcome welkom letmein qwerty qwertz azerty qwertyuiop qwertzuiop azertyuiop asdfghjkl zxcvbnm qweasd qweasdzxc
    qazwsx qazwsxedc qwer asdf zxcv qaz wsx abc abcd abcde abcdef abcdefg abcdefgh abcdefghij iloveyou woaini
    love monkey dragon football baseball sunshine princess superman batman master shadow michael jennifer jordan
    computer internet secret security hello helpdesk support service servicedesk company office summer winter spring
    autumn january february march april june july august september october november december monday friday
    waystation yizhan mima nihao zhongguo beijing shanghai
"""
_COMMON_STEMS: Final = frozenset(_COMMON.split())
_LEET: Final = str.maketrans("0134578@$!", "oleastbasi")
_WALKS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "147258369",
    "135792468",
)


def check_strength(password: str, *, email: str, field: str = "password") -> None:
    """Make sure that a new password is not one of the first that somebody would try.

    Raises:
        Invalid: it is too short, too long, common, or made of the e-mail; says what to do.
    """
    if len(password) < SHORTEST:
        raise wrong(field, N_("Use at least 10 characters. Several words in a row are easy to remember."))
    if len(password) > LONGEST:
        raise wrong(field, N_("Use at most 200 characters."))
    if is_common(password):
        raise wrong(
            field,
            N_("This is one of the passwords that are tried first. Use several words that do not belong together."),
        )
    local, _, domain = email.lower().partition("@")
    lowered = password.lower()
    own = {local, domain.partition(".")[0], *re.split(r"[.\-_+]", local)}
    if any(len(part) >= 4 and part in lowered for part in own) and len(password) < 2 * SHORTEST:
        raise wrong(field, N_("Leave your e-mail address and your company's name out of the password."))


def is_common(password: str) -> bool:
    """Return whether a password is one that attackers try first: a common word with digits, a walk, a repetition."""
    lowered = password.lower()
    if len(set(lowered)) <= 3 or (lowered.isascii() and not re.search("[a-z]", lowered)):
        return True
    core = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", lowered)
    stems = {re.sub("[^a-z]", "", text) for text in (core, core.translate(_LEET), lowered)}
    stems |= {stem[: len(stem) // 2] for stem in stems if stem == stem[: len(stem) // 2] * 2}
    if stems & _COMMON_STEMS:
        return True
    bare = re.sub(r"^[\W_]+|[\W_]+$", "", lowered)
    return any(bare in walk or bare in walk[::-1] for walk in _WALKS)


async def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return await _off_the_loop(lambda: _hasher.hash(password))


async def verify(password_hash: str | None, password: str) -> bool:
    """Return whether this is the password; without a hash it takes as long, so that nobody learns who exists."""
    stored = password_hash or _nobody
    right = await _off_the_loop(lambda: _verify(stored, password))
    return right and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Return whether the stored hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeError):
        return False


async def _off_the_loop(work: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= QUEUE:
        raise Unavailable(N_("Very many people sign in right now. Try again in a moment."))
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _waiting -= 1


_nobody: Final = _hasher.hash("nobody has this password")
