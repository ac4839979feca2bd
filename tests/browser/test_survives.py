"""Reloads, a lost network and a killed server: nothing is lost, nothing comes twice, and people are told."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Agent, Visitor

BROKEN_LINE = "ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection"


def both_see(visitor: Visitor, agent: Agent, said: list[str]) -> None:
    visitor.sees_in_all(said)
    agent.sees_in_all(said)


def test_a_talk_goes_on_after_reloads_of_both_pages(actor: Actors, company: Company) -> None:
    agent, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Do you ship to Lisbon?")
    agent.opens("Do you ship to Lisbon?")
    agent.says("We do.")
    visitor.sees("We do.")

    visitor.page.reload()
    visitor.sees_in_all(["Do you ship to Lisbon?", "We do."])
    agent.types("It takes four")
    visitor.says("How long does it take?")
    agent.sees("How long does it take?")
    agent.page.reload()
    expect(agent.field).to_have_value("It takes four")
    agent.types(" days.")
    agent.field.press("Enter")
    both_see(visitor, agent, ["Do you ship to Lisbon?", "We do.", "How long does it take?", "It takes four days."])


def test_what_was_written_without_a_network_arrives_once_and_in_order(actor: Actors, company: Company) -> None:
    actor.forgives(BROKEN_LINE)
    agent, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Hello?")
    agent.opens("Hello?")
    network = visitor.page.context

    network.set_offline(True)
    written = ["I am in a tunnel", "包裹还没到", "Are you there?"]
    for words in written:
        visitor.says(words)
    agent.says("We are here.")
    expect(visitor.chat.get_by_text("Reconnecting…")).to_be_visible()
    visitor.sees_in_all(["Hello?", *written])
    visitor.sees_mark("Sending")
    network.set_offline(False)
    expect(visitor.chat.get_by_text("Reconnecting…")).to_be_hidden()
    both_see(visitor, agent, ["Hello?", "We are here.", *written])


def test_a_killed_server_loses_and_doubles_nothing(actor: Actors, house: House, company: Company) -> None:
    actor.forgives(BROKEN_LINE)
    agent, visitor = actor.agent(company), actor.visitor(company)
    visitor.says("Hello?")
    agent.opens("Hello?")
    agent.types("Good")
    visitor.types("One")
    expect(agent.transcript.get_by_text("is typing")).to_be_visible()

    # The last words before the kill may or may not have been stored; their writers do not know either.
    visitor.field.press("Enter")
    agent.field.press("Enter")
    with house.without_web():
        visitor.says("Two")
        agent.says("day")
        visitor.says("Three")
        expect(agent.page.get_by_text("No connection.")).to_be_visible()
        expect(visitor.chat.get_by_text("Reconnecting…")).to_be_visible()
    expect(agent.page.get_by_text("No connection.")).to_be_hidden(timeout=40_000)
    expect(visitor.chat.get_by_text("Reconnecting…")).to_be_hidden(timeout=40_000)

    for window in (visitor, agent):
        expect(window.bubbles).to_have_count(6)
        said = window.bubbles.all_inner_texts()
        assert [words for words in said if words in ("One", "Two", "Three")] == ["One", "Two", "Three"]
        assert [words for words in said if words in ("Good", "day")] == ["Good", "day"]
    visitor.says("Still there?")
    agent.sees("Still there?")
    said = agent.bubbles.all_inner_texts()
    agent.page.reload()
    visitor.page.reload()
    both_see(visitor, agent, said)
