"""Reading a mail: from any bytes to what the mail says. Pure."""

from __future__ import annotations

from collections.abc import Collection

from channels.email.mail import Mail, ReadingLimits

_DEFAULT = ReadingLimits()


def read_mail(raw: bytes, *, limits: ReadingLimits = _DEFAULT, trusted_authserv_ids: Collection[str] = ()) -> Mail:
    """Return what a mail says; ``trusted_authserv_ids`` name the servers whose Authentication-Results count.

    Raises:
        Unreadable: the bytes are no mail at all, or more than ``limits.mail_bytes``.
    """
    raise NotImplementedError
