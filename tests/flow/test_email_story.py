"""The whole of it, with customer and agent only in their mail programs: from the question to the rating (spec 2.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.mailhouse import Dovecot, Received, a_mail, dovecot
from tests.mailworld import MailDesk, a_mail_desk, said, thread
from tests.world import Console, World

__all__ = ["dovecot"]
PROOF = "mx.desk.test; dmarc=pass header.from=example.com"


@dataclass(frozen=True)
class Words:
    """What the two say, in one language, and by what our mails are known."""

    language: str
    customer: str
    subject: str
    question: str
    asked: str
    told: str
    solved: str
    quote: str
    receipt: str
    is_solved: str


ENGLISH = Words(
    language="en", customer="Lin Xiaoman", subject="Teapot", question="The lid of my pot broke.",
    asked="#assign me\n#priority high\n\nWhich pot is it?", told="The blue one.",
    solved="#solve\n\nA new lid leaves today.", quote="On Mon, 2 Mar 2026 at 09:00, {name} wrote:",
    receipt="has arrived", is_solved="is solved",
)  # fmt: skip
CHINESE = Words(
    language="zh-CN", customer="林小满", subject="茶壶", question="壶盖碎了。",
    asked="#指派 我\n#优先级 高\n\n是哪一把壶？", told="蓝色的那把。", solved="#解决\n\n新壶盖今天寄出。",
    quote="在 2026年3月2日 09:00，{name} 写道：", receipt="已收到", is_solved="已处理完毕",
)  # fmt: skip


def answer_to(mail: Received, *, sender: str, to: str, text: str, words: Words, number: int, **headers: str) -> bytes:
    """Return an answer as a mail program writes it: the mail that is answered stands below, quoted."""
    quote = "\n".join(f"> {line}" for line in mail.text().splitlines())
    told = words.quote.format(name=f"Lantern & Leaf <{to}>")
    return a_mail(
        sender=sender, to=to, subject=f"Re: {mail.mail['Subject']}", text=f"{text}\n\n{told}\n{quote}\n",
        Message_ID=f"<{number}@mail.test>", In_Reply_To=str(mail.mail["Message-ID"]), **headers,
    )  # fmt: skip


async def newest(desk: MailDesk, address: str, containing: str) -> Received:
    """Let everything happen that is due; return the newest mail that an address got."""
    await desk.world.settles()
    await desk.world.advance(seconds=6)
    found = [mail for mail in desk.office.to(address) if containing in mail.text()]
    assert found, [(mail.recipients, mail.text()) for mail in desk.office.received]
    return found[-1]


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["English", "Chinese"])
async def test_from_the_question_to_the_rating_by_mail_alone(world: World, dovecot: Dovecot, words: Words) -> None:
    async with a_mail_desk(world, dovecot, notices=True, solved=True) as desk:
        ann = await speaks(desk, words)
        lin = f"{words.customer} <lin@customer.test>"
        proof = {"Authentication_Results": PROOF}
        now = world.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000")
        await desk.receives(
            a_mail(sender=lin, to=desk.address, subject=words.subject, text=words.question, Message_ID="<1@mail.test>",
                   Date=now)
        )  # fmt: skip
        receipt = await newest(desk, "lin@customer.test", words.receipt)
        assert "#1" in receipt.text()
        notice = await newest(desk, ann.email, words.question)
        answer = answer_to(notice, sender=ann.email, to=desk.address, text=words.asked, words=words, number=2, **proof)
        await desk.receives(answer)
        question = await newest(desk, "lin@customer.test", words.asked.splitlines()[-1])
        assert question.mail["In-Reply-To"] == "<1@mail.test>"
        await desk.receives(
            answer_to(question, sender=lin, to=desk.address, text=words.told, words=words, number=3, Date=now)
        )
        notice = await newest(desk, ann.email, words.told)
        await desk.receives(
            answer_to(notice, sender=ann.email, to=desk.address, text=words.solved, words=words, number=4, **proof)
        )
        await newest(desk, "lin@customer.test", words.solved.splitlines()[-1])
        solved = await newest(desk, "lin@customer.test", words.is_solved)
        link = re.search(r"http://\S+(/rate/\S+\?score=5\S*)", solved.text())
        assert link
        anybody = await world.visitor()
        assert (await anybody.tries("POST", link[1], data={"score": "5"}))[0] == 200
        await the_desk_knows_it_all(desk, ann, words)
        for mail in desk.office.to("lin@customer.test"):
            assert ann.email.encode() not in mail.raw, "the agent's own address is never shown"
            assert b"#assign" not in mail.raw
            assert "指派" not in mail.text()


async def speaks(desk: MailDesk, words: Words) -> Console:
    """Return an agent who speaks the language of the story, and is not at the console."""
    founder = await desk.world.founder()
    path = f"/api/v1/channels/{desk.channel['id']}"
    await founder.call("PATCH", path, version=desk.channel["version"], language=words.language)
    await desk.begins_anew()
    ann = await desk.world.agent("Ann")
    await ann.call("PATCH", "/api/v1/me", language=words.language)
    return ann


async def the_desk_knows_it_all(desk: MailDesk, ann: Console, words: Words) -> None:
    founder = await desk.world.founder()
    [ticket] = (await founder.call("GET", "/api/v1/tickets"))["items"]
    assert (ticket["state"], ticket["priority"], ticket["handler"]["id"]) == ("solved", "P2", ann.id)
    assert ticket["rating"]["score"] == 5
    assert said(await thread(founder, ticket)) == [
        ("customer_reply", words.question),
        ("agent_reply", words.asked.splitlines()[-1]),
        ("customer_reply", words.told),
        ("agent_reply", words.solved.splitlines()[-1]),
    ]
