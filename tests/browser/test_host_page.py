"""The page that embeds the chat learns that something happens, never what is said, nor who the visitor is."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.conftest import Actors
from tests.browser.house import Company, House
from tests.browser.people import Visitor

SECRET = "My door code is 4711"
LISTENS = """
if (self === top) {
  window.heard = [];
  addEventListener('message', ({ data }) => heard.push(data));
  addEventListener('securitypolicyviolation', ({ violatedDirective }) => heard.push({ violatedDirective }));
}
"""
#: What a script of the shop can try to get at the chat: each must fail, and says how.
TRIES = """async ({ site, key }) => {
  const frame = document.querySelector('waystation-widget').shadowRoot.querySelector('iframe');
  const tries = {
    document: () => frame.contentWindow.document.body.innerHTML,
    storage: () => frame.contentWindow.localStorage.length,
    opening: async () => (await fetch(`${site}/chat/${key}/opening`, { credentials: 'include' })).text(),
    console: async () => (await fetch(`${site}/api/v1/me`, { credentials: 'include' })).text(),
    socket: () => new Promise((resolve, reject) => {
      const socket = new WebSocket(`${site.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
      socket.onopen = () => resolve('open');
      socket.onerror = () => reject(new TypeError('refused'));
    }),
  };
  const outcomes = { inside: String(frame.contentDocument), cookies: document.cookie, heard: JSON.stringify(heard) };
  for (const [name, attempt] of Object.entries(tries)) {
    try { outcomes[name] = await attempt(); } catch (problem) { outcomes[name] = problem.name; }
  }
  outcomes.kept = JSON.stringify({ ...localStorage, ...sessionStorage });
  return outcomes;
}"""


def test_the_host_page_can_read_neither_token_nor_transcript(actor: Actors, house: House, company: Company) -> None:
    actor.forgives("CORS policy|ERR_FAILED|WebSocket connection|connect-src")  # the shop's own attempts
    agent = actor.agent(company)
    page = actor.page()
    page.add_init_script(LISTENS)
    answer = page.goto(f"{house.shop}?lang=en&channel={company.key}")
    assert answer
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    visitor = Visitor(page)
    visitor.opens_chat()
    visitor.says(SECRET)
    agent.opens(SECRET)
    agent.says("We shall tell nobody.")
    visitor.sees("We shall tell nobody.")

    cookies = page.context.cookies()
    (token,) = [cookie for cookie in cookies if company.key in cookie["name"] or "visitor" in cookie["name"]]
    assert token["httpOnly"]
    assert token["secure"]
    assert token["sameSite"] == "None"

    found = page.evaluate(TRIES, {"site": house.url, "key": company.key})
    assert found["inside"] == "null"
    assert found["cookies"] == ""
    assert found["document"] == found["storage"] == "SecurityError"
    assert found["opening"] == found["console"] == found["socket"] == "TypeError"
    everything = json.dumps(found, ensure_ascii=False)
    for secret in (SECRET, "tell nobody", "Ann Porter", token["value"]):
        assert secret not in everything
    assert "violatedDirective" not in found["heard"]
    # It does learn what it may know.
    assert "started" in found["heard"]

    # Another person at the same browser: the page says so, and the chat forgets.
    page.evaluate("window.waystation('logout'); 0")
    visitor.opens_chat()
    expect(visitor.field).to_be_visible()
    expect(visitor.bubbles).to_have_count(0)
