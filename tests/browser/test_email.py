"""A mailbox set up, a mail read and answered: at the console, with real mail servers beside."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.demo import pictures
from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent
from tests.browser.test_accessible import Inspector
from tests.mailhouse import PASSWORD, Certificate, Dovecot, PostOffice, Received, a_post_office, dovecot

__all__ = ["dovecot"]

HELP = "help@lantern.test"
LIN = "林小满 <lin@customer.test>"


@contextmanager
def beside(certificate: Certificate) -> Iterator[PostOffice]:
    """Run a post office in a thread: browsers are driven from this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    office = a_post_office(certificate)
    try:
        yield asyncio.run_coroutine_threadsafe(office.__aenter__(), loop).result(20)
        asyncio.run_coroutine_threadsafe(office.__aexit__(None, None, None), loop).result(20)
        asyncio.run_coroutine_threadsafe(_hangs_up(loop), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _hangs_up(loop: asyncio.AbstractEventLoop) -> None:
    """Cut the connections that the desk keeps for its next mail."""
    for each in gc.get_objects():
        if issubclass(type(each), asyncio.Transport) and getattr(each, "_loop", None) is loop:
            each.abort()
    serving = asyncio.all_tasks() - {asyncio.current_task()}
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


@pytest.fixture
def office(dovecot: Dovecot) -> Iterator[PostOffice]:
    with beside(dovecot.certificate) as running:
        yield running


def a_letter() -> bytes:
    """Return a mail with format, a picture of its own, one from elsewhere, an attachment and a quoted story."""
    mail = EmailMessage(policy=SMTP)
    said = {"From": LIN, "To": HELP, "Cc": "Bo <bo@customer.test>", "Subject": "茶壶破损 Broken teapot",
            "Message-ID": "<teapot@customer.test>", "Date": format_datetime(datetime.now(UTC))}  # fmt: skip
    for name, value in said.items():
        mail[name] = value
    mail.set_content(
        "The lid is broken.\n\nOn Mon, 2 Mar 2026 at 09:00, Help <help@lantern.test> wrote:\n"
        "> Your order is on its way.\n"
    )
    mail.add_alternative(
        '<div dir="ltr"><p style="color:#1a4f8a">The <b>lid</b> is broken. 壶盖碎了。</p><ul><li>Order 20931</li></ul>'
        '<p><img src="cid:lid@customer" alt="the lid" width="120"></p><img src="https://tracker.test/1.gif">'
        '<script>document.title = "owned"</script></div>'
        '<div class="gmail_quote"><div class="gmail_attr">'
        "On Mon, 2 Mar 2026 at 09:00, Help &lt;help@lantern.test&gt; wrote:<br></div>"
        '<blockquote class="gmail_quote"><p>Your order is on its way.</p></blockquote></div>',
        subtype="html",
    )
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(pictures.cup(), "image", "png", cid="<lid@customer>", filename="lid.png")
    mail.add_attachment(b"order,tea\n20931,White Peony\n", maintype="text", subtype="csv", filename="order.csv")
    return mail.as_bytes()


def sets_up(page: Page, dovecot: Dovecot, office: PostOffice, address: str = HELP) -> None:
    """Add a mailbox by its form, with a wrong password at first."""
    page.get_by_role("button", name="New mailbox").click()
    dialog = page.get_by_role("dialog", name="New mailbox")
    dialog.get_by_label("Address").fill(address)
    dialog.get_by_label("Name beside it").fill("Lantern & Leaf")
    dialog.get_by_role("button", name="Continue").click()
    reading = page.locator("section.part").filter(has=page.get_by_role("heading", name="Incoming mail"))
    sending = page.locator("section.part").filter(has=page.get_by_role("heading", name="Outgoing mail"))
    expect(reading.get_by_label("Server", exact=True)).to_have_value("imap.lantern.test")  # as the address tells
    reading.get_by_label("Server", exact=True).fill("127.0.0.1")
    reading.get_by_label("Port").fill(str(dovecot.imaps))
    reading.get_by_label("Password").fill("not this one")
    reading.get_by_text("More about reading").click()
    reading.get_by_label("Certificate authority").fill(dovecot.certificate.pem)
    sending.get_by_label("Server", exact=True).fill("127.0.0.1")
    sending.get_by_label("Encryption").select_option(label="STARTTLS")
    sending.get_by_label("Port").fill(str(office.port))
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text(re.compile("does not accept user name and password")).first).to_be_visible()
    reading.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The mailbox can be read. There are 0 mails in it.")).to_be_visible()
    expect(page.get_by_text("Mails can be sent.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".health").get_by_text("Connected")).to_be_visible()
    expect(reading.get_by_label("Password")).to_have_value("••••••••")  # never shown again


def opens_ticket(agent: Agent, subject: str) -> None:
    agent.goes_to("/tickets/all")
    agent.page.get_by_role("row").filter(has_text=subject).click()
    expect(agent.thread).to_be_visible()


def test_a_mailbox_is_set_up_and_a_mail_is_read_and_answered(
    actor: Actors, house: House, company: Company, dovecot: Dovecot, office: PostOffice
) -> None:
    agent = actor.agent(company)
    page = agent.page
    agent.goes_to("/settings/channels")
    sets_up(page, dovecot, office)

    dovecot.lays_down(HELP, [a_letter()])
    agent.goes_to("/tickets/all")
    opens_ticket(agent, "Broken teapot")
    mail = agent.thread.get_by_role("article", name="Mail of 林小满")
    expect(mail).to_contain_text("copy to bo@customer.test")
    expect(mail.get_by_text("Not verified")).to_be_visible()
    sheet = mail.frame_locator("iframe")
    expect(sheet.get_by_text("lid", exact=True)).to_have_css("font-weight", "700")
    expect(sheet.get_by_text(re.compile("壶盖碎了"))).to_have_css("color", "rgb(26, 79, 138)")
    expect(sheet.get_by_alt_text("the lid")).to_have_js_property("naturalWidth", 640)
    expect(mail.get_by_text("1 picture from elsewhere is blocked")).to_be_visible()
    expect(mail.get_by_role("link", name="order.csv")).to_be_visible()
    assert "owned" not in page.title()
    expect(mail.get_by_role("button", name="Show quoted text")).to_be_in_viewport()  # a thread is read from its end

    # The quoted story folds; headers and source are a press away.
    expect(sheet.get_by_text("Your order is on its way.")).to_have_count(0)
    mail.get_by_role("button", name="Show quoted text").click()
    expect(sheet.get_by_text("Your order is on its way.")).to_be_visible()
    mail.get_by_role("button", name="More about this mail").click()
    page.get_by_role("menuitem", name="Show headers and source").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("<teapot@customer.test>")).to_be_visible()
    dialog.get_by_role("tab", name="Source").click()
    expect(dialog.locator("pre")).to_contain_text("multipart/mixed")
    page.keyboard.press("Escape")

    # A note has no envelope; an answer says to whom it goes.
    envelope = page.locator(".envelope")
    expect(envelope).to_contain_text("lin@customer.test")
    expect(envelope).to_contain_text("bo@customer.test")
    page.get_by_role("button", name="Private note").click()
    expect(envelope).to_have_count(0)
    page.get_by_role("button", name="Reply", exact=True).click()
    office.refusals.append("550 5.7.1 not today")
    agent.field.fill("A new lid leaves today. 新壶盖今天寄出。")
    page.get_by_role("button", name="Send mail").click()
    answer = agent.thread.get_by_role("article", name="Mail of You")
    expect(answer.get_by_text("Not sent", exact=True)).to_be_visible()
    expect(answer).to_contain_text("not today")
    answer.get_by_role("button", name="Send again").click()
    expect(answer.get_by_text(re.compile("^Sent "))).to_be_visible()
    [sent] = [one.text() for one in office.to("lin@customer.test") if "new lid" in one.text()]
    assert "新壶盖今天寄出。" in sent


def test_pictures_from_elsewhere_are_shown_on_request_and_mails_are_put_where_they_belong(
    actor: Actors, house: House, company: Company, dovecot: Dovecot, office: PostOffice
) -> None:
    actor.forgives("tracker.test")  # nobody is there, which is all that a browser may complain about
    address = "sorted@lantern.test"
    agent = actor.agent(company)
    page = agent.page
    agent.goes_to("/settings/channels")
    sets_up(page, dovecot, office, address)
    second = a_letter().replace(
        b"<teapot@customer.test>", b"<cup@customer.test>\r\nIn-Reply-To: <teapot@customer.test>"
    )
    dovecot.lays_down(address, [a_letter(), second])
    agent.goes_to("/tickets/all")
    opens_ticket(agent, "Broken teapot")
    mails = agent.thread.get_by_role("article", name="Mail of 林小满")
    expect(mails).to_have_count(2)
    first = mails.first
    expect(first.frame_locator("iframe").locator("img[src*='tracker.test']")).to_have_count(0)
    first.get_by_role("button", name="Show pictures").click()
    expect(first.frame_locator("iframe").locator("img[src='https://tracker.test/1.gif']")).to_have_count(1)
    expect(first.frame_locator("iframe").get_by_alt_text("the lid")).to_have_js_property("naturalWidth", 640)
    expect(first.get_by_text("1 picture from elsewhere is blocked")).to_have_count(0)
    assert "owned" not in page.title()

    mails.last.get_by_role("button", name="More about this mail").click()
    page.get_by_role("menuitem", name="Split off into a ticket of its own").click()
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).get_by_role("button", name="Split off").click()
    expect(agent.thread.get_by_text(re.compile("split off from #"))).to_be_visible()
    expect(mails).to_have_count(1)
    page.get_by_role("button", name="Change the state").click()
    page.get_by_role("menuitem", name="Merge into another ticket").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The other ticket").first.fill("teapot")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(mails).to_have_count(2)
    expect(agent.thread.get_by_text(re.compile("became part of this ticket"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(mails).to_have_count(1)


def test_pages_of_mail_break_no_rule_of_axe(
    actor: Actors, house: House, company: Company, dovecot: Dovecot, office: PostOffice
) -> None:
    inspector = Inspector()
    address = "axe@lantern.test"
    agent = actor.agent(company)
    agent.goes_to("/settings/channels")
    sets_up(agent.page, dovecot, office, address)
    nobody = a_letter().replace(LIN.encode(), b"", 1)
    dovecot.lays_down(address, [a_letter(), re.sub(rb"(?m)^From: .*\r\n", b"", nobody, count=1)])
    aside = agent.page.locator(".mailbox-aside li")
    expect(aside).to_have_count(1)
    expect(aside).to_contain_text("names no sender")
    inspector.looks("mailbox", agent.page)
    aside.get_by_role("button", name="Show source").click()
    expect(agent.page.get_by_role("dialog").locator("pre")).to_contain_text("Message-ID")
    inspector.looks("source", agent.page)
    agent.page.keyboard.press("Escape")
    opens_ticket(agent, "Broken teapot")
    expect(agent.thread.frame_locator("iframe").get_by_alt_text("the lid")).to_be_visible()
    inspector.looks("mail", agent.page)
    assert not inspector.found, "\n".join(inspector.found)


def test_a_company_words_its_mails_and_an_answer_leaves_with_blind_copy_and_quote(
    actor: Actors, house: House, company: Company, dovecot: Dovecot, office: PostOffice
) -> None:
    actor.forgives("status of 422")  # a text that cannot be used
    address = "words@lantern.test"
    agent = actor.agent(company)
    page = agent.page
    agent.goes_to("/settings/mails")
    answer = page.locator("section.part").filter(has=page.get_by_role("heading", name="Answer", exact=True))
    expect(answer.get_by_text("Built in")).to_have_count(2)
    answer.get_by_role("link", name="English").click()
    text = page.get_by_label("Plain text", exact=True).and_(page.locator("textarea"))
    sheet = page.frame_locator(".preview iframe")
    expect(sheet.get_by_text("A new lid leaves today.")).to_be_visible()

    # What cannot be used says where; nothing is lost, and the preview follows what is typed.
    text.fill("Dear {{ customer }},\n{{ wrods }}")
    expect(page.get_by_text(re.compile("^Line 2: there is no “wrods” here")).first).to_be_visible()
    text.fill("Dear {{ customer }},\n\n{{ words }}\n\n{{ quote }}")
    page.get_by_label("HTML", exact=True).and_(page.locator("textarea")).fill("")
    expect(sheet.get_by_text("Dear Lin Xiaoman,")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="All texts").click()
    expect(answer.get_by_text("Your own")).to_be_visible()

    agent.goes_to("/settings/channels")
    sets_up(page, dovecot, office, address)
    dovecot.lays_down(address, [a_letter()])
    opens_ticket(agent, "Broken teapot")
    page.get_by_role("button", name="Change recipients and subject").click()
    envelope = page.locator(".envelope")
    envelope.get_by_label("Blind copies to").fill("boss@lantern.test")
    envelope.get_by_label("Blind copies to").press("Enter")
    envelope.get_by_label("Subject", exact=True).fill("Your new lid")
    page.get_by_role("button", name="Fold recipients and subject").click()
    expect(envelope).to_contain_text("boss@lantern.test")
    expect(page.get_by_text(re.compile("^Quoted below: 林小满"))).to_be_visible()
    agent.field.fill("A new lid leaves today.")
    page.get_by_role("button", name="Send mail").click()

    def arrived() -> Received | None:
        return next((one for one in office.to("boss@lantern.test") if "new lid leaves" in one.text()), None)

    mail = house.until_mailed(arrived, "the blind copy arrived")
    assert "lin@customer.test" in mail.recipients
    assert b"boss@lantern.test" not in mail.raw
    assert "Your new lid" in str(mail.mail["Subject"])
    assert mail.text().startswith("Dear 林小满,")
    assert "> The lid is broken." in mail.text()
    sent = agent.thread.get_by_role("article", name="Mail of You")
    expect(sent).to_contain_text("blind copy to boss@lantern.test")
    expect(envelope).not_to_contain_text("boss@lantern.test")  # the next answer starts as usual

    # Without the quote, when the agent takes it off.
    page.get_by_role("button", name="Leave the quote out").click()
    agent.field.fill("It is with the carrier.")
    page.get_by_role("button", name="Send mail").click()

    def second() -> Received | None:
        return next((one for one in office.to("lin@customer.test") if "with the carrier" in one.text()), None)

    assert ">" not in house.until_mailed(second, "the second answer arrived").text()


def test_a_rating_page_works_for_strangers_and_without_scripts(
    actor: Actors, house: House, company: Company, dovecot: Dovecot, office: PostOffice, browser: Browser
) -> None:
    actor.forgives("status of 410")  # a link that was used
    inspector, address = Inspector(), "stars@lantern.test"
    agent = actor.agent(company)
    agent.goes_to("/settings/channels")
    sets_up(agent.page, dovecot, office, address)
    dovecot.lays_down(address, [a_letter()])
    opens_ticket(agent, "Broken teapot")
    agent.page.get_by_role("button", name="Solve", exact=True).click()

    def asked() -> str | None:
        texts = (one.text() for one in office.to("lin@customer.test"))
        return next((found[0] for text in texts if (found := re.search(r"http://\S+score=4\S*", text))), None)

    link = house.until_mailed(asked, "the customer is asked")
    with browser.new_context(locale="zh-CN", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(link)
        expect(page.get_by_role("heading")).to_have_text(re.compile("How was it|满意"))
        expect(page.get_by_role("radio", checked=True)).to_have_value("4")
        page.get_by_role("textbox").fill("很快 quick")
        page.get_by_role("button").click()
        expect(page.get_by_role("heading")).to_have_text(re.compile("Thank you|谢谢"))
        page.goto(link)
        expect(page.get_by_role("heading")).to_have_text(re.compile("already|已评价"))
    agent.goes_to("/tickets/all")
    opens_ticket(agent, "Broken teapot")
    expect(agent.page.get_by_role("img", name="Rated 4 of 5")).to_be_visible()
    agent.goes_to("/settings/mails/solved.en")
    expect(agent.page.frame_locator(".preview iframe").get_by_text(re.compile("Very good"))).to_be_visible()
    inspector.looks("mail text", agent.page)
    agent.page.goto(link)
    inspector.looks("rated", agent.page)
    assert not inspector.found, "\n".join(inspector.found)
