"""Reports of machines about mails of ours: bounces, complaints and receipts (RFC 3464, RFC 5965, RFC 8098). Pure."""

from __future__ import annotations

import email
import email.policy
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flufl.bounce import all_failures

from channels.email.mail import Bounce, BouncedRecipient, Complaint, Receipt
from channels.email.reading.headers import message_ids, words
from channels.email.reading.structure import Node
from core.errors import N_

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it reports each of its detectors that stumbles
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_SMTP_CODE = re.compile(r"(?:^|[\s:;#-])([45])\d\d(?=[\s-])")
_FIELD = re.compile(r"([A-Za-z-]{1,60})\s*:[ \t]*(.*)")
_ADDRESS = re.compile(r"[^\s<>;,\"']+@[^\s<>;,\"'()]+")
_RETURNED_ID = re.compile(rb"(?im)^[> \t]*message-id:\s*(<[^<>\s]{3,400}>)")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_MAX_RECIPIENTS = 100
_MAX_SCAN = 200_000  # bytes that the guessing of odd bounces looks at

#: What happened and what to do now, by the enhanced status code (RFC 3463) and by words of servers that give none.
_UNKNOWN_USER = (
    N_("The address does not exist."),
    N_("Check the spelling of the address, or ask the customer on another channel."),
)
_NO_DOMAIN = (
    N_("The domain of the address does not exist or takes no mail."),
    N_("Check the part of the address after the @."),
)
_FULL = (
    N_("The mailbox is full."),
    N_("Try again in a few days, or reach the customer on another channel."),
)
_DISABLED = (
    N_("The mailbox takes no mail at the moment."),
    N_("Try again later, or reach the customer on another channel."),
)
_TOO_BIG = (
    N_("The mail is too large for the other server."),
    N_("Send it again with smaller attachments, or with a link to them."),
)
_REFUSED = (
    N_("The other server takes the mail for unwanted."),
    N_("Ask your administrator to check SPF, DKIM and DMARC of the domain, and whether it is on a block list."),
)
_NOT_PERMITTED = (
    N_("The other server does not accept mails from here."),
    N_("Ask your administrator to check the mail account, SPF and DKIM."),
)
_UNREACHABLE = (
    N_("The other server cannot be reached."),
    N_("Nothing needs to be done while it is tried again; after that, send the mail again."),
)
_RATE = (
    N_("The other server takes no more mails from here for now."),
    N_("Wait an hour before you send it again."),
)
_DELAYED = (
    N_("The mail has not been delivered yet; it is still being tried."),
    N_("Nothing needs to be done: you are told if it fails for good."),
)
_UNEXPLAINED = (
    N_("The mail could not be delivered."),
    N_("The server's own words may say why."),
)
_BY_STATUS = {
    "1.1": _UNKNOWN_USER, "1.0": _UNKNOWN_USER, "1.3": _UNKNOWN_USER, "1.6": _UNKNOWN_USER, "1.10": _UNKNOWN_USER,
    "1.2": _NO_DOMAIN, "4.4": _NO_DOMAIN, "1.4": _UNKNOWN_USER, "2.1": _DISABLED, "2.2": _FULL, "3.1": _FULL,
    "2.3": _TOO_BIG,
    "3.4": _TOO_BIG, "7.1": _REFUSED, "7.0": _REFUSED, "7.23": _REFUSED, "7.25": _REFUSED, "7.26": _REFUSED,
    "7.20": _REFUSED,
    "7.509": _REFUSED, "7.515": _REFUSED, "1.8": _NOT_PERMITTED, "7.8": _NOT_PERMITTED, "7.57": _NOT_PERMITTED,
    "7.60": _NOT_PERMITTED,
    "4.1": _UNREACHABLE, "4.2": _UNREACHABLE, "4.3": _NO_DOMAIN, "4.7": _UNREACHABLE, "4.316": _UNREACHABLE,
    "7.28": _RATE, "3.2": _RATE,
    "2.0": _DISABLED, "4.5": _RATE,
}  # fmt: skip
_BY_WORDS = (
    (r"quota|full|over ?limit|超出.{0,6}容量|邮箱.{0,4}已?满|容量不足|信箱已滿|voll\b|pleine|llen[oa]", _FULL),
    (r"no such (?:user|recipient|mailbox)|user (?:unknown|not found|doesn't exist)|unknown (?:user|recipient"
    r"|address|or illegal)|does not exist"
     r"|mailbox (?:not found|unavailable)|recipient (?:not found|address rejected)|invalid recipient|no mailbox"
     r"|not a valid|couldn't be found"
     r"|wasn't found|address.{0,20}not found|不存在|无效用户|非本系统用户|找不到|unbekannt|existiert nicht"
     r"|inconnu|n'existe pas"
     r"|no existe|не существует", _UNKNOWN_USER),
    (r"(?:domain|host).{0,20}(?:not found|unknown|does not exist|no such)|name or service not known|nxdomain"
    r"|unrouteable", _NO_DOMAIN),
    (r"spam|blocked|block ?list|blacklist|dnsbl|spamhaus|reputation|dmarc|spf|dkim|policy|unsolicited|banned|拒收"
    r"|垃圾邮件|反垃圾", _REFUSED),
    (r"too (?:large|big)|size (?:limit|exceed)|exceeds? .{0,20}size|过大|超过.{0,6}大小|zu groß", _TOO_BIG),
    (r"too many|rate limit|throttl|greylist|try again later|频率|过于频繁", _RATE),
    (r"timed? ?out|connection (?:refused|reset)|unreachable|no route|could not connect|连接超时|无法连接",
     _UNREACHABLE),
    (r"disabled|inactive|suspended|停用|禁用", _DISABLED),
)  # fmt: skip
_WORDS = [(re.compile(pattern, re.I), sentence) for pattern, sentence in _BY_WORDS]
_BOUNCE_SUBJECT = re.compile(
    r"^(?:undeliver(?:ed|able)|mail delivery (?:failed|failure|system|subsystem)|delivery (?:status notification"
    r"|failure|has failed|incomplete|problem|notification|report)"
    r"|failure notice|returned mail|returned to sender|non-?delivery|message (?:not delivered|undeliverable)"
    r"|delayed|warning: (?:could not send|message)"
    r"|mail (?:system error|could not be delivered)|undelivered mail|unzustellbar|nicht zustellbar|zustellung"
    r"|non remis|non distribuable|échec"
    r"|no se puede entregar|no entregado|entrega fallida|não entregue|falha na entrega|impossibile recapitare"
    r"|mancato recapito|niet bezorgd|onbestelbaar"
    r"|недоставлен|сообщение не доставлено|не удается доставить|系统退信|退信|邮件退回|無法傳遞|无法投递"
    r"|未送达|投递失败|投遞失敗|未傳遞|邮件无法送达"
    r"|来自.{2,30}的退信|配信不能|送信できません"
    r"|メール配信エラー|配信エラー|배달(?:되지| 실패)|전송 실패)",
    re.I,
)  # fmt: skip
_DAEMON = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|bounce[sd]?|mailer|microsoftexchange[0-9a-f]+"
    r"|symantec_antivirus|no-?reply-?bounce)$",
    re.I,
)
_COPY_BEGINS = re.compile(
    r"(?im)^(?:[ \t>]*-{2,}.{0,10}(?:this is a copy|below this line is a copy|original message|returned message"
    r"|the following|原邮件|原始邮件).*"
    r"|\s*received: from .*|\s*return-path: .*)$"
)


_HOLDS_HEADERS = {
    "text/rfc822-headers",
    "message/global-headers",
    "message/feedback-report",
    "message/disposition-notification",
}


@dataclass(frozen=True)
class Report:
    """What a machine reports, and whether any mail of ours is behind it."""

    bounce: Bounce | None = None
    complaint: Complaint | None = None
    receipt: Receipt | None = None


def report_of(root: Node, *, text: str, subject: str, sender: str, empty_return_path: bool) -> Report:
    """Return what a mail reports, if it is a report at all; ``sender`` is its From address."""
    kind = (root.parameter("content-type", "report-type") or "").lower()
    parts = {node.media_type: node for node in reversed(list(root.walk()))}
    status = parts.get("message/delivery-status") or parts.get("message/global-delivery-status")
    if feedback := parts.get("message/feedback-report"):
        return Report(complaint=_complaint(root, feedback))
    if notice := parts.get("message/disposition-notification") or (
        root if kind == "disposition-notification" else None
    ):
        return Report(receipt=_receipt(notice))
    if status:
        return _from_status(root, status, text)
    is_daemon = bool(_DAEMON.match(sender.partition("@")[0]))
    if _BOUNCE_SUBJECT.match(subject.strip()) and (is_daemon or empty_return_path or kind == "delivery-status"):
        return Report(bounce=_guessed(root, text))
    if (is_daemon or empty_return_path) and (root.first("x-failed-recipients") or _looks_returned(text)):
        return Report(bounce=_guessed(root, text))
    return Report()


def _looks_returned(text: str) -> bool:
    return bool(
        re.search(
            r"(?i)could not be delivered|wasn't delivered|delivery .{0,40}failed|permanent(?: fatal)? error"
            r"|undeliverable|退信|无法投递|未送达",
            text[:3_000],
        )
    )


def _blocks(node: Node) -> Iterator[dict[str, str]]:
    """Return the groups of fields of a delivery status or feedback report."""
    content = re.sub(r"\n[ \t]+", " ", node.content()[:_MAX_SCAN].decode("utf-8", "replace").replace("\r\n", "\n"))
    for block in re.split(r"\n[ \t]*\n", content.strip())[: _MAX_RECIPIENTS + 1]:
        fields: dict[str, str] = {}
        for line in block.split("\n")[:200]:
            if found := _FIELD.match(line):
                fields.setdefault(found[1].lower(), found[2].strip())
        if fields:
            yield fields


def _address(value: str) -> str:
    value = value.partition(";")[2] or value
    found = _ADDRESS.search(value)
    return (found[0] if found else value.strip(" <>"))[:320]


def _from_status(root: Node, status: Node, text: str) -> Report:
    recipients: list[BouncedRecipient] = []
    for fields in _blocks(status):
        who = fields.get("final-recipient") or fields.get("original-recipient")
        if not who:
            continue
        action = fields.get("action", "failed").split(" ")[0].lower()
        code = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
        diagnostic = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
        recipients.append(
            BouncedRecipient(
                email=_address(
                    fields.get("original-recipient", "") if "@" in fields.get("original-recipient", "") else who
                ),
                action=action if action in _ACTIONS else "failed",  # type: ignore[arg-type]  # mypy does not narrow by `in`
                status=code[0] if code else None,
                diagnostic=diagnostic[:1_000],
                permanent=action != "delayed" and (code is None or code[1] != "4"),
            )
        )
    if recipients and all(one.action in ("delivered", "relayed", "expanded") for one in recipients):
        return Report(receipt=Receipt(original_message_id=original_message_id(root), disposition=recipients[0].action))
    return Report(bounce=_bounce(root, recipients, text))


def _guessed(root: Node, text: str) -> Bounce:
    """Return a bounce that follows no standard: qmail, Exim, and the many others."""
    found: frozenset[bytes] = frozenset()
    temporary: frozenset[bytes] = frozenset()
    try:
        parsed = email.message_from_bytes(root.source[:_MAX_SCAN], policy=email.policy.compat32)
        temporary, found = all_failures(parsed)
    except Exception:  # noqa: BLE001, S110  the library's detectors raise whatever a strange mail leads them to
        pass
    addresses = {one.decode("utf-8", "replace") for one in found | temporary}
    if failed := root.first("x-failed-recipients"):
        addresses.update(_ADDRESS.findall(failed.decode("utf-8", "replace"))[:_MAX_RECIPIENTS])
    copy = _COPY_BEGINS.search(text)
    said = text[: copy.start()] if copy else text
    if not addresses and (named := _ADDRESS.search(said)):
        addresses = {named[0].strip(".:")}
    code = _STATUS.search(said)
    basic = _SMTP_CODE.search(said)
    permanent = (code[1] if code else basic[1] if basic else "4" if temporary and not found else "5") != "4"
    recipients = [
        BouncedRecipient(
            email=one[:320], status=code[0] if code else None, permanent=permanent, diagnostic=_telling(said)
        )
        for one in sorted(addresses)[:_MAX_RECIPIENTS]
    ]
    return _bounce(root, recipients, said)


def _telling(text: str) -> str:
    """Return the line of a bounce that tells why."""
    lines = [line.strip() for line in text.split("\n")[:200] if line.strip()]
    return next((line for line in lines if _STATUS.search(line) or _SMTP_CODE.search(line)), "")[:1_000]


def _bounce(root: Node, recipients: list[BouncedRecipient], text: str) -> Bounce:
    bad = [one for one in recipients if one.action in ("failed", "delayed")]
    first = next((one for one in bad if one.permanent), bad[0] if bad else None)
    diagnostic = first.diagnostic if first else ""
    permanent = first.permanent if first else True
    if first and first.action == "delayed":
        reason, hint = _DELAYED
    else:
        reason, hint = _explained(first.status if first else None, diagnostic or text[:2_000])
    return Bounce(
        original_message_id=original_message_id(root),
        original_recipient=first.email if first else None,
        recipients=tuple(recipients),
        permanent=permanent,
        reason=reason,
        hint=hint,
        diagnostic=diagnostic,
    )


def _explained(status: str | None, words: str) -> tuple[str, str]:
    """Return what happened and what to do; words beat the many codes that say no more than "other"."""
    code = status.partition(".")[2] if status else ""
    if code in _BY_STATUS and code not in ("1.0", "2.0", "7.0", "7.1"):
        return _BY_STATUS[code]
    for pattern, sentence in _WORDS:
        if pattern.search(words[:4_000]):
            return sentence
    return _BY_STATUS.get(code, _UNEXPLAINED)


def original_message_id(root: Node) -> str | None:
    """Return the id of the mail that a report is about: from the copy of it, else from the report's own words."""
    return next(_told_ids(root), None)


def _told_ids(root: Node) -> Iterator[str]:
    """Return the ids that a report names, the surest first."""
    nodes = list(root.walk())
    for node in nodes:
        if node.media_type in ("message/rfc822", "message/global") and node.children:
            yield from message_ids(node.children[0].first("message-id") or b"")
        elif node.media_type in _HOLDS_HEADERS:
            yield from _written_ids(node)
    for node in nodes:
        if node.media_type == "message/delivery-status":
            for fields in _blocks(node):
                yield from message_ids(fields.get("x-original-message-id", "").encode("utf-8", "replace"))
    for node in nodes:
        if node.media_type.startswith("text/") and not node.children:
            yield from _written_ids(node)
    for header in ("in-reply-to", "references", "x-ms-exchange-parent-message-id"):
        yield from reversed(message_ids(root.first(header) or b""))


def _written_ids(node: Node) -> Iterator[str]:
    if found := _RETURNED_ID.search(node.content()[:_MAX_SCAN]):
        yield found[1].decode("utf-8", "replace")


def _complaint(root: Node, feedback: Node) -> Complaint:
    fields = next(_blocks(feedback), {})
    recipient = fields.get("original-rcpt-to", "")
    return Complaint(
        feedback_type=words(fields.get("feedback-type", "abuse").encode())[:40].lower() or "abuse",
        original_message_id=original_message_id(root),
        original_recipient=_address(recipient) if recipient else None,
    )


def _receipt(notice: Node) -> Receipt:
    fields: dict[str, str] = {}
    for block in _blocks(notice):
        fields.update(block)
    found = message_ids(fields.get("original-message-id", "").encode("utf-8", "replace"))
    disposition = fields.get("disposition", "").rpartition(";")[2].split("/")[0].strip().lower()
    return Receipt(original_message_id=found[0] if found else None, disposition=disposition[:40])
