"""The words by which mail programs of many languages are recognised, and the sentences about what was odd. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.errors import N_


class Oddity(StrEnum):
    """What was odd about a mail, as sentences of the catalogue."""

    HEADERS_CUT = N_("Its headers are larger than allowed; only their beginning was read.")
    HEADERS_BROKEN = N_("Its headers are broken; lines that are none were left out.")
    TOO_MANY_PARTS = N_("It has more parts, or deeper nested ones, than allowed; the rest was left as it is.")
    BOUNDARY_WRONG = N_("The boundary between its parts is missing or wrong.")
    NO_FROM = N_("It names no sender.")
    SEVERAL_FROM = N_("It names several senders; the first one counts.")
    TOO_MANY_ADDRESSES = N_("It names more addresses than allowed; the rest was left out.")
    DATE_WRONG = N_("Its date cannot be understood.")
    CHARSET_WRONG = N_("Its text is not in the charset that it names; the charset was guessed.")
    TEXT_CUT = N_("Its text is longer than allowed; the rest is in the original mail.")
    HTML_CUT = N_("Its HTML is longer than allowed; the whole is in the original mail.")
    TNEF_BROKEN = N_("Its winmail.dat cannot be opened; it is attached as it is.")
    ENCRYPTED = N_("It is encrypted, and only its recipient's key can open it.")
    PART_BROKEN = N_("A part of it could not be understood; it is attached as it is.")
