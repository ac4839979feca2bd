"""What our mails say is the company's choice: checked before it is saved, and never why a mail is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.mailhouse import Dovecot, dovecot
from tests.mailworld import MailDesk, a_mail_desk
from tests.world import Console, Refused, World

__all__ = ["dovecot"]

TEXTS = "/api/v1/mail-templates"


@pytest.fixture
async def desk(world: World, dovecot: Dovecot) -> AsyncIterator[MailDesk]:
    async with a_mail_desk(world, dovecot, connections=1) as opened:
        yield opened


async def saves(
    founder: Console, purpose: str, language: str = "en", version: int = 0, **wording: str
) -> dict[str, Any]:
    wording = {"subject": "{{ subject }}", "html": "", **wording}
    path = f"{TEXTS}/{purpose}/{language}"
    return await founder.call("PUT", path, version=version, wording=wording)  # type: ignore[no-any-return]


async def test_the_company_chooses_what_its_receipts_say_in_each_language(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    await saves(
        founder, "receipt", text="Got it, {{ customer }}: #{{ number }}", html="<p>Got it: <b>#{{ number }}</b></p>"
    )
    await saves(founder, "receipt", "zh-CN", text="收到，编号 {{ number }}。", subject="已收到：{{ subject }}")
    await desk.hears("The lid broke.", subject="Teapot", sender="Lin <lin@customer.test>")
    await desk.world.settles()
    [receipt] = desk.office.received
    assert receipt.text().strip() == "Got it, Lin: #1"
    html = receipt.mail.get_body(("html",))  # type: ignore[attr-defined]
    assert "<p>Got it: <b>#1</b></p>" in html.get_content()
    [lin] = (await founder.call("GET", "/api/v1/customers", q="lin"))["items"]
    await founder.call("PATCH", f"/api/v1/customers/{lin['id']}", version=lin["version"], language="zh-CN")
    await desk.hears("壶盖碎了。", subject="茶壶", sender="Lin <lin@customer.test>")
    await desk.world.settles()
    chinese = desk.office.received[-1]
    assert chinese.text().strip() == "收到，编号 2。"
    assert chinese.mail["Subject"] == "Re: [#2] 已收到：茶壶"


async def test_a_text_that_cannot_be_used_is_refused_with_its_line_and_nothing_is_saved(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    with pytest.raises(Refused) as refused:
        await saves(founder, "answer", text="Hello\n{{ words }}\n{{ wrods }}")
    problem = refused.value.problem
    assert (problem["code"], problem["part"], problem["line"]) == ("bad_template", "text", 3)
    assert problem["errors"][0]["field"] == "text"
    assert "Line 3" in problem["detail"]
    assert "words" in problem["detail"]  # what there is instead
    assert not (await founder.call("GET", f"{TEXTS}/answer/en"))["is_changed"]


async def test_two_who_edit_one_text_do_not_lose_each_others_work(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    first = await saves(founder, "answer", text="A {{ words }}")
    assert first["version"] == 1
    for version in (0, 7):
        with pytest.raises(Refused) as refused:
            await saves(founder, "answer", version=version, text="B {{ words }}")
        assert refused.value.problem["current"]["wording"]["text"] == "A {{ words }}"
    again = await founder.call("POST", f"{TEXTS}/answer/en/reset", version=1)
    assert (again["is_changed"], again["version"]) == (False, 2)
    assert "{{ signature }}" in again["wording"]["text"]
    with pytest.raises(Refused):  # whoever still has the first text open
        await saves(founder, "answer", version=1, text="C {{ words }}")
    audit = await founder.call("GET", "/api/v1/audit", subject_kind="mailtemplate")
    assert [one["action"] for one in audit["items"]] == ["MailTemplateReset", "MailTemplateChanged"]


async def test_only_who_sets_up_channels_sees_and_changes_texts(desk: MailDesk) -> None:
    ann = await desk.world.agent("Ann")
    await ann.signs_in()
    assert (await ann.tries("GET", TEXTS))[0] == 403
    for path, body in (("PUT", {"version": 0, "wording": {"subject": "a", "text": "{{ words }}"}}),):
        assert (await ann.tries(path, f"{TEXTS}/answer/en", json=body))[0] == 403
    assert (await ann.tries("POST", f"{TEXTS}/answer/en/reset", json={"version": 0}))[0] == 403
    wording = {"subject": "a", "text": "{{ words }}"}
    assert (await ann.tries("POST", f"{TEXTS}/answer/en/preview", json={"wording": wording}))[0] == 403


async def test_a_text_is_tried_with_a_real_ticket_before_it_is_saved(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    ticket = await desk.hears("Where is my <tea>?", subject="Tea", sender="Lin <lin@customer.test>")
    wording = {"subject": "About {{ subject }}", "text": "#{{ number }} {{ customer }}: {{ words }}",
               "html": "<p onclick='x()'>#{{ number }}</p><script>alert(1)</script>{{ words }}"}  # fmt: skip
    path = f"{TEXTS}/receipt/en/preview"
    preview = await founder.call("POST", path, wording=wording, ticket_id=ticket["id"])
    assert preview["subject"] == "[#1] About Tea"
    assert preview["text"].strip() == "#1 Lin: Where is my <tea>?"
    assert "Where is my &lt;tea&gt;?" in preview["html"]
    assert "script" not in preview["html"]
    assert "onclick" not in preview["html"]
    made_up = await founder.call("POST", path, wording=wording)
    assert made_up["subject"] == "[#9] About Broken teapot"
    stranger = await (await desk.world.another_company()).founder()
    assert (await stranger.tries("POST", path, json={"wording": wording, "ticket_id": ticket["id"]}))[0] == 404


async def test_a_text_that_fails_with_the_facts_of_the_day_loses_no_mail_and_leaders_see_it(desk: MailDesk) -> None:
    founder = await desk.world.founder()
    ann = await desk.world.agent_on_duty("Ann")
    ticket = await desk.hears("It broke.")
    await desk.world.settles()
    # nothing wrong with sample words: there, a message is quoted
    picky = "{{ words }}\n{% if not quote %}{{ (agent|first|first).label }}{% endif %}"
    await saves(founder, "answer", text=picky)
    mail = await desk.answers(ann, ticket, "Which one?")
    assert "Which one?" in mail.text()
    assert mail.text().startswith("## Please reply above this line ##")
    shown = await founder.call("GET", f"{TEXTS}/answer/en")
    assert shown["is_changed"]
    assert shown["fault"]["reason"].startswith("Line 2:")
    audit = await founder.call("GET", "/api/v1/audit", subject_kind="mailtemplate")
    assert audit["items"][0]["action"] == "MailTemplateFailed"
    await desk.answers(ann, ticket, "Still there?")  # and it is told once
    audit = await founder.call("GET", "/api/v1/audit", subject_kind="mailtemplate")
    assert [one["action"] for one in audit["items"]].count("MailTemplateFailed") == 1
    mended = await saves(founder, "answer", version=shown["version"], text="{{ words }}")
    assert mended["fault"] is None
