"""The wire is plain Socket.IO v5: the official JavaScript client talks to us by every way it knows."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.world import World, words

PACKAGES = Path(__file__).parents[2] / "widgets" / "package.json"
LONG = "长" * 9_000


def node() -> str:
    """Return the machine's Node, or the one that `make install` put beside Python."""
    found = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    assert found, "Node is missing; `make install` brings it"
    return found


async def runs_official_client(**story: Any) -> Any:
    script = Path(__file__).with_name("official_client.mjs")
    process = await asyncio.create_subprocess_exec(
        node(), str(script), json.dumps(story), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complaints = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, complaints.decode()
    return json.loads(told)


@pytest.mark.parametrize("transports", [["websocket"], ["polling", "websocket"], ["polling"]], ids="-".join)
async def test_the_official_client_says_hears_and_comes_back(world: World, transports: list[str]) -> None:
    ann, visitor, conversation_id = await world.talk()
    cookies = [f"{cookie.key}={cookie.value}" for person in (ann, visitor) for cookie in person.http.cookie_jar]
    told = await runs_official_client(
        url=world.url,
        headers={"Cookie": "; ".join(cookies), "Origin": world.url},
        channel=world.channel.key,
        conversation=conversation_id,
        transports=transports,
        packages=str(PACKAGES),
    )
    assert told["began"] == transports[-1], "moved over to WebSocket where both sides can"
    assert told["heard"]["agent"] == ["Plain words", LONG, "one", "two", "three", "I am"]
    assert told["heard"]["visitor"] == ["“Quoted”, \\ and\na new line, 你好 👋", "Still there?"]
    assert told["refused"] == "invalid"
    stored = [words(entry) for entry in await ann.transcript(conversation_id) if entry["kind"] == "message"]
    assert stored[-2:] == ["Still there?", "I am"]
    assert len(stored) == 1 + 8, "each once"
