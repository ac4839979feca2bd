"""What we compare with: relays that store nothing, under the same uvicorn settings as the application.

``python -m bench.relay stock 8000`` is python-socketio as it comes; ``python -m bench.relay raw 8000`` forwards
WebSocket frames and speaks just enough Engine.IO for the load client. A visitor's connect says ``{"to": "<agent>"}``,
an agent's ``{"name": "<agent>"}``; words go from the one to the other.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
import uvicorn

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def stock() -> Asgi:
    """Return a relay made of python-socketio with its defaults."""
    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
    whom: dict[str, str] = {}

    async def agent_came(sid: str, _: Any, auth: dict[str, str]) -> None:
        await server.enter_room(sid, auth["name"], namespace="/agent")

    async def visitor_came(sid: str, _: Any, auth: dict[str, str]) -> None:
        whom[sid] = auth["to"]

    async def said(sid: str, words: dict[str, Any]) -> dict[str, bool]:
        await server.emit("entry", words, room=whom[sid], namespace="/agent")
        return {"ok": True}

    server.on("connect", agent_came, namespace="/agent")
    server.on("connect", visitor_came, namespace="/visitor")
    server.on("message", said, namespace="/visitor")
    return socketio.ASGIApp(server)  # type: ignore[no-any-return]


OPEN = json.dumps({"sid": "x", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000, "maxPayload": 1_000_000})


def raw() -> Asgi:
    """Return a relay that looks at nothing but where the words begin."""
    agents: dict[str, Send] = {}

    async def relay(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": f"0{OPEN}"})
        to = ""
        while (event := await receive())["type"] == "websocket.receive":
            text = event["text"]
            if text.startswith("42/visitor,"):
                begins = text.index("[")
                await agents[to]({"type": "websocket.send", "text": f'42/agent,["entry"{text[begins + 10 :]}'})
                await send({"type": "websocket.send", "text": f'43{text[2:begins]}[{{"ok":true}}]'})
            elif text.startswith("40"):
                namespace, _, auth = text[2:].partition(",")
                to = json.loads(auth).get("to", "")
                if not to:
                    agents[json.loads(auth)["name"]] = send
                await send({"type": "websocket.send", "text": f'40{namespace},{{"sid":"y"}}'})

    return relay


def main(kind: str, port: int) -> None:
    """Serve one of the relays until the process is told to end."""
    config = uvicorn.Config(
        {"stock": stock, "raw": raw}[kind](),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=0,
        access_log=False,
        log_config=None,
        backlog=4_096,
        lifespan="off",
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
