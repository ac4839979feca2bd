"""What both directions of a mail account share: how its servers are reached, and its troubles in words."""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import ip_address
from typing import Final, Literal

from core.errors import N_, Problem

Security = Literal["tls", "starttls", "none"]

#: What the commonest failures of the network mean, by a word in the operating system's message.
_MEANINGS: Final = (
    ("CERTIFICATE_VERIFY_FAILED", N_("{host} shows a certificate that cannot be trusted ({reason}). Check the name of "
                                     "the server, or enter its certificate authority in the settings.")),
    ("WRONG_VERSION_NUMBER", N_("{host} does not speak TLS on port {port}. Choose STARTTLS, or another port.")),
    ("no STARTTLS", N_("{host} offers no STARTTLS on port {port}. Choose TLS with its own port.")),
    ("Name or service not known", N_("There is no server called {host}. Correct its name.")),
    ("nodename nor servname", N_("There is no server called {host}. Correct its name.")),
    ("No address associated", N_("There is no server called {host}. Correct its name.")),
    ("Connect call failed", N_("Nobody answers at {host}, port {port}. Check name, port and firewall.")),
    ("Connection refused", N_("Nobody answers at {host}, port {port}. Check name, port and firewall.")),
)  # fmt: skip


class AccountTrouble(Problem):
    """A mail server cannot be reached or refuses; ``for_good``: nothing changes until somebody changes settings."""

    status, code, title = 502, "mail_account", N_("The mail server does not take part")

    for_good = False

    @classmethod
    def unreachable(cls, host: str, port: int, error: BaseException) -> AccountTrouble:
        """Return what a failure to connect means."""
        reason = str(error) or type(error).__name__
        if isinstance(error, TimeoutError):
            return cls(
                N_("{host} does not answer on port {port}. Check name, port and firewall."), host=host, port=port
            )
        for word, meaning in _MEANINGS:
            if word in reason:
                return cls(meaning, host=host, port=port, reason=_short(reason))
        return cls(N_("{host} cannot be reached on port {port}: {reason}"), host=host, port=port, reason=_short(reason))

    @classmethod
    def refused(cls, host: str, said: str) -> AccountTrouble:
        """Return what a refused sign-in means."""
        trouble = cls(
            N_("{host} does not accept user name and password, or the token ({said}). Enter them anew; accounts with "
               "two factors need an app password."), host=host, said=_short(said),
        )  # fmt: skip
        trouble.for_good = True
        return trouble


#: Said of servers that only this installation's own network reaches: nobody may look around in it through a mailbox.
INSIDE: Final = N_(
    "{host} leads into this installation's own network, where mailboxes of companies may not go. Enter a public server."
)


async def connected(host: str, port: int, *, private: bool) -> socket.socket:
    """Return a connection to a server, whose name is looked up once: what was checked is what is used.

    ``private``: it may be in this installation's own network, too (`WAYSTATION_PRIVATE_SERVERS`).

    Raises:
        AccountTrouble: it is, and may not be.
        OSError: it cannot be reached.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    last: OSError | None = None
    for family, kind, protocol, _, address in found:
        check_address(host, str(address[0]), private=private)
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, address)
        except OSError as error:
            connection.close()
            last = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise last or OSError("No address associated with hostname")


def check_address(host: str, address: str, *, private: bool) -> None:
    """Go on only if an address is one of the public internet, or others are allowed.

    Raises:
        AccountTrouble: it is another one.
    """
    if not private and not _is_public(address):
        trouble = AccountTrouble(INSIDE, host=host)
        trouble.for_good = True
        raise trouble


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def _short(words: str) -> str:
    return " ".join(words.split())[:200]


def tls_context(certificate: str = "") -> ssl.SSLContext:
    """Return how certificates are checked; ``certificate``: PEM of an authority that is trusted beside the usual ones.

    Raises:
        AccountTrouble: it is no certificate.
    """
    context = ssl.create_default_context()
    if certificate.strip():
        try:
            context.load_verify_locations(cadata=certificate)
        except (ssl.SSLError, ValueError) as error:
            raise AccountTrouble(N_("This is no certificate. Paste it as PEM, from BEGIN to END.")) from error
    return context
