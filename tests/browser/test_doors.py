"""Into the console: a company signs up, invites somebody, and a forgotten password is set anew; in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages import pofile
from playwright.sync_api import Locator, Page, expect

import widgets
from tests.browser.conftest import Actors
from tests.browser.house import PASSWORD, House

Words = Callable[[str], str]


def words_of(language: str) -> Words:
    """Return what turns the English words of the screen into those of the language."""
    if language == "en":
        return lambda words: words
    with (Path(widgets.ROOT) / "i18n" / "zh_CN.po").open(encoding="utf-8") as file:
        catalogue = pofile.read_po(file, locale="zh_CN")

    def chinese(words: str) -> str:
        found = catalogue.get(words)
        assert found, f"the catalogue lacks {words!r}"
        assert isinstance(found.string, str)
        return found.string

    return chinese


def opens_mail(house: House, mailbox: Page, to: str, *, after: int = 0) -> Locator:
    """Return the newest mail to somebody, once it is there; ``after``: how many they had before."""
    mails = mailbox.locator("details").filter(has=mailbox.get_by_text(to, exact=True))

    def look() -> bool | None:
        mailbox.reload()
        return mails.count() > after or None

    house.until_mailed(look, f"a mail to {to}")
    mail = mails.first
    if mail.get_attribute("open") is None:
        mail.locator("summary").click()
    return mail


def follows_link(mail: Locator, page: Page) -> None:
    """Open in ``page`` where the mail's button leads."""
    page.goto(mail.frame_locator("iframe").get_by_role("link").get_attribute("href") or "")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_company_signs_up_invites_and_remembers_again(actor: Actors, house: House, language: str) -> None:
    actor.forgives("status of (401|422)")  # a weak password, a wrong code, an old password: refused
    _ = words_of(language)
    site = f"doors-{os.getpid()}-{language}.example".lower()
    founder, colleague = f"founder@{site}", f"maya@{site}"
    company = "云岭酒店" if language == "zh-CN" else "Cloudridge Hotels"
    console = f"{house.url}/console"
    mailbox = actor.page(viewport={"width": 900, "height": 1200})
    mailbox.goto(f"{house.url}/mailbox")

    page = actor.page(locale=language)
    page.goto(f"{console}/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.get_by_role("link", name=_("Sign up")).click()
    page.get_by_label(_("Company")).fill(company)
    page.get_by_label(_("Your name")).fill("沈青" if language == "zh-CN" else "Ann Porter")
    page.get_by_label(_("E-mail")).fill(founder)
    page.get_by_label(_("Password"), exact=True).fill("short")
    page.get_by_role("button", name=_("Sign up")).click()
    expect(page.get_by_label(_("Password"), exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label(_("Password"), exact=True).fill(PASSWORD)
    page.get_by_role("button", name=_("Sign up")).click()
    expect(page.get_by_role("heading", name=_("Check your mail"))).to_be_visible()

    mail = opens_mail(house, mailbox, founder)
    code = mail.frame_locator("iframe").get_by_text(re.compile(r"^\d{6}$")).inner_text()
    page.get_by_label(_("Code")).fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name=_("Activate")).click()
    expect(page.get_by_label(_("Code"))).to_have_attribute("aria-invalid", "true")
    page.get_by_label(_("Code")).fill(code)
    page.get_by_role("button", name=_("Activate")).click()
    expect(page.get_by_role("navigation", name=_("Main"))).to_be_visible()
    expect(page.get_by_text(_("No conversation is yours"))).to_be_visible()

    page.goto(f"{console}/people/invitations")
    page.get_by_role("button", name=_("Invite")).first.click()
    dialog = page.get_by_role("dialog", name=_("Invite an agent"))
    dialog.get_by_label(_("E-mail")).fill(colleague)
    dialog.get_by_role("button", name=_("Send the invitation")).click()
    expect(page.get_by_role("row").filter(has_text=colleague)).to_be_visible()

    newcomer = actor.page(locale=language)
    follows_link(opens_mail(house, mailbox, colleague), newcomer)
    expect(newcomer.get_by_role("heading", level=1)).to_contain_text(company)
    newcomer.get_by_label(_("Your name")).fill("Maya Brooks")
    newcomer.get_by_label(_("Password"), exact=True).fill(PASSWORD)
    newcomer.get_by_role("button", name=_("Join")).click()
    expect(newcomer.get_by_role("navigation", name=_("Main"))).to_be_visible()
    newcomer.locator(".me-button").click()
    newcomer.get_by_role("button", name=_("Sign out")).click()
    expect(newcomer.get_by_role("heading", name=_("Sign in"))).to_be_visible()

    newcomer.get_by_role("link", name=_("Forgot the password?")).click()
    newcomer.get_by_label(_("E-mail")).fill(colleague)
    newcomer.get_by_role("button", name=_("Send the link")).click()
    expect(newcomer.get_by_role("heading", name=_("Check your mail"))).to_be_visible()
    follows_link(opens_mail(house, mailbox, colleague, after=1), newcomer)
    newcomer.get_by_label(_("New password")).fill("another-lantern-2026")
    newcomer.get_by_role("button", name=_("Set the password")).click()
    expect(newcomer.get_by_role("heading", name=_("Sign in"))).to_be_visible()
    for password in (PASSWORD, "another-lantern-2026"):
        newcomer.get_by_label(_("E-mail")).fill(colleague)
        newcomer.get_by_label(_("Password"), exact=True).fill(password)
        newcomer.get_by_role("button", name=_("Sign in")).click()
        if password == PASSWORD:
            expect(newcomer.get_by_role("alert")).to_be_visible()
    expect(newcomer.get_by_role("navigation", name=_("Main"))).to_be_visible()
