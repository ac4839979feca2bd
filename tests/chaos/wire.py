"""A browser's socket, small and honest: Socket.IO over one WebSocket, which breaks when the server dies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

import websockets

ANSWERED_WITHIN = 20.0  # seconds; then the socket counts as broken, as a browser's ping time-out says


class Broken(Exception):  # noqa: N818  says what happened
    """The socket is not there any more; whether what was said arrived is not known."""


class Wire:
    """One connected namespace. ``heard`` is called with every event."""

    def __init__(self, socket: websockets.ClientConnection, namespace: str, heard: Callable[[str, Any], None]) -> None:
        self._socket = socket
        self._namespace = namespace
        self._heard = heard
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._said = 0
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, port: int, namespace: str, auth: dict[str, Any], heard: Callable[[str, Any], None]) -> Self:
        """Connect and join the namespace.

        Raises:
            Broken: nobody is there, or we are not let in right now.
        """
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                socket = await websockets.connect(
                    f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", ping_interval=None, max_size=None
                )
                await socket.recv()
                await socket.send(f"40{namespace},{json.dumps(auth)}")
                early = []
                while (answer := str(await socket.recv())).startswith("42"):  # pushed before the answer: keep it
                    early.append(answer)
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise Broken from error
        if not answer.startswith("40"):
            await socket.close()
            raise Broken(answer)
        for message in early:
            heard(*json.loads(message[message.index("[") :]))
        return cls(socket, namespace, heard)

    @property
    def is_broken(self) -> bool:
        """Whether the server is gone."""
        return self._listening.done()

    async def call(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Say something and return the acknowledgement.

        Raises:
            Broken: no acknowledgement came.
        """
        self._said += 1
        number = self._said
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._socket.send(f"42{self._namespace},{number}{json.dumps([event, payload])}")
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await answer
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            await self.close()
            raise Broken from error
        finally:
            self._answers.pop(number, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, should the sending itself have failed before it

    async def close(self) -> None:
        """Hang up."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        self._socket.transport.abort()

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                text = str(message)
                if text == "2":
                    await self._socket.send("3")
                elif text.startswith("42"):
                    event, payload = json.loads(text[text.index("[") :])
                    self._heard(event, payload)
                elif text.startswith("43"):
                    begins = text.index("[")
                    answer = self._answers.get(int(text[text.index(",") + 1 : begins]))
                    if answer and not answer.done():
                        answer.set_result(json.loads(text[begins:])[0])
        except (OSError, websockets.WebSocketException):
            pass
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(Broken())
