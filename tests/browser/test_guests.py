"""Somebody from outside is asked in by a link (spec 4.4), on a phone, in the dark, and in Chinese."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent
from tests.browser.pictures import look
from tests.browser.test_accessible import Inspector


def link_for(agent: Agent, name: str) -> str:
    """Let the agent invite somebody from outside, and return the link."""
    agent.page.locator(".chat-acts").get_by_role("button", name=re.compile("^More for")).click()
    agent.page.get_by_role("menuitem", name="Invite somebody from outside…").click()
    dialog = agent.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_text("Say who this is")).to_be_visible()
    dialog.get_by_role("textbox", name="Name of the guest").fill(name)
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_role("button", name="Copy the link")).to_be_visible()
    look(agent.page, "guest-dialog")
    link = dialog.get_by_role("textbox", name="Link").input_value()
    dialog.get_by_role("button", name="Done").click()
    return link


def says(page: Page, words: str) -> None:
    field = page.get_by_role("textbox")
    field.fill(words)
    field.press("Enter")


def test_a_guest_comes_by_a_link_speaks_and_is_removed(actor: Actors, house: House, company: Company) -> None:
    ann, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("It drips since Monday")
    ann.opens("It drips since Monday")
    guest = actor.page(viewport={"width": 390, "height": 780}, color_scheme="dark", has_touch=True)
    guest.goto(link_for(ann, "Gus <b>Plumber</b>"))
    expect(guest.get_by_text(re.compile("Ann Porter invited you as Gus <b>Plumber</b>"))).to_be_visible()
    visitor.sees("Gus <b>Plumber</b> joined")
    expect(ann.page.get_by_role("list", name="Guests")).to_contain_text("Gus <b>Plumber</b>")
    expect(guest.get_by_text("It drips since Monday")).to_have_count(0)
    says(guest, "I can come at five.")
    visitor.sees("I can come at five.")
    ann.sees("I can come at five.")
    guest.get_by_role("button", name="Emoji").click()
    guest.get_by_role("dialog", name="Emoji").get_by_role("button", name="👍", exact=True).click()
    guest.get_by_role("button", name="Send").click()
    expect(guest.locator(".part-emoji")).to_have_text("👍")
    visitor.says("Five is fine")
    ann.says("Then we have it")
    log = guest.get_by_role("log")
    expect(log).to_contain_text("Five is fine")
    expect(log).to_contain_text("Then we have it")
    look(guest, "guest-page")
    inspector = Inspector()
    inspector.looks("a guest's page", guest)
    guest.reload()
    expect(log.get_by_text("I can come at five.")).to_have_count(1)
    ann.page.get_by_role("button", name=re.compile("^Remove Gus")).click()
    ann.page.get_by_role("alertdialog").or_(ann.page.get_by_role("dialog")).get_by_role("button", name="Remove").click()
    expect(guest.get_by_text("This link is not valid any more").first).to_be_visible()
    expect(guest.get_by_role("textbox")).to_have_count(0)
    look(guest, "guest-removed")
    inspector.looks("a removed guest's page", guest)
    actor.forgives("404")
    guest.reload()
    expect(guest.get_by_role("heading", name="This link is not valid any more")).to_be_visible()
    inspector.looks("the page of a dead link", guest)
    assert not inspector.found, "\n".join(inspector.found)


def test_in_chinese_until_the_conversation_has_ended(actor: Actors, house: House, company: Company) -> None:
    ann, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Where is my tea?")
    ann.opens("Where is my tea?")
    guest = actor.page(locale="zh-CN")
    link = link_for(ann, "李师傅")
    guest.goto(link)
    expect(guest.get_by_text("Ann Porter 邀请您以“李师傅”的身份加入")).to_be_visible()
    says(guest, "茶叶明天到。")
    visitor.sees("茶叶明天到。")
    look(guest, "guest-page-zh")
    ann.page.get_by_role("button", name=re.compile("^End")).first.click()
    ann.page.get_by_role("dialog").get_by_role("button", name=re.compile("^End as")).click()
    expect(guest.get_by_text("感谢您的帮助")).to_be_visible()
    actor.forgives("410")
    guest.goto(link)
    expect(guest.get_by_role("heading", name="此对话已结束").or_(guest.locator("h1"))).to_be_visible()
    look(guest, "guest-ended-zh")
