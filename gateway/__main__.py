"""The command line: `run` for this machine, `web`, `worker` and `mail` for production, `prepare` before all of them."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from pathlib import Path
from types import FrameType

import uvicorn
import uvloop

from core.clock import SystemClock
from core.db import connect
from gateway import embedded, wiring
from gateway.app import open_web
from gateway.protocol import ShortProtocol
from gateway.receive import receive
from gateway.run import run_here
from gateway.settings import Missing, Settings, from_environment
from gateway.telemetry import serve_figures, set_up_logs
from gateway.worker import work

KEEP_ALIVE = (
    75  # seconds that an idle connection stays: longer than proxies reuse theirs, so none writes into a closed one
)
DRAIN = 10  # seconds that requests in flight get at a stop


async def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve HTTP and sockets until the process is told to stop; settings as docs/performance.md measured."""
    web = await open_web(settings)
    config = uvicorn.Config(
        web.asgi,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws=ShortProtocol,
        ws_per_message_deflate=False,
        ws_ping_interval=0,  # Socket.IO has its own; two would double the idle load
        ws_max_size=2_000_000,
        access_log=False,
        log_config=None,
        backlog=4_096,
        timeout_keep_alive=KEEP_ALIVE,
        lifespan="off",
        timeout_graceful_shutdown=DRAIN,
        proxy_headers=True,  # from whom: FORWARDED_ALLOW_IPS, by default this machine only
        server_header=False,
    )
    stopping = asyncio.Event()
    server = _Server(config, asyncio.get_running_loop(), stopping)
    await web.start()
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be looked at again
    gc.set_threshold(100_000, 20, 100)
    serving = asyncio.create_task(server.serve())
    ending = asyncio.create_task(stopping.wait())
    await asyncio.wait([serving, ending], return_when=asyncio.FIRST_COMPLETED)
    await web.stop()
    server.should_exit = True
    await serving
    await web.db.client.close()


class _Server(uvicorn.Server):
    """Leaves it to us to stop in stages when the process is told to end."""

    def __init__(self, config: uvicorn.Config, loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._loop = loop
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._loop.call_soon_threadsafe(self._stopping.set)


async def work_until_told(settings: Settings) -> None:
    """Run jobs until the process is told to stop."""
    await work(settings, _told_to_stop())


async def receive_until_told(settings: Settings, asked: argparse.Namespace) -> None:
    """Take mails until the process is told to stop."""
    await receive(settings, _told_to_stop(), host=asked.host, smtp_port=asked.smtp_port, lmtp_port=asked.lmtp_port)


def _told_to_stop() -> asyncio.Event:
    """Return what is set when the process is told to stop."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    return stop


async def prepare(settings: Settings) -> None:
    """Create what the database needs before the first process serves."""
    db = await connect(settings.mongodb_url, clock=SystemClock())
    await wiring.ensure_all_indexes(db)
    await db.client.close()


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="waystation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    here = commands.add_parser("run", help="everything on this machine, with demo data")
    here.add_argument("--data", type=Path, default=Path("data"), help="where the stores keep their data")
    here.add_argument("--port", type=int, default=8000)
    web = commands.add_parser("web", help="one web process")
    web.add_argument("--host", default="127.0.0.1")
    web.add_argument("--port", type=int, default=8000)
    worker = commands.add_parser("worker", help="one worker process")
    worker.add_argument("--metrics-port", type=int, default=0, help="figures for Prometheus; 0 = none")
    mail = commands.add_parser("mail", help="one process that mail comes in to directly, by SMTP or LMTP")
    mail.add_argument("--host", default="127.0.0.1")
    mail.add_argument("--smtp-port", type=int, default=0, help="0 = no SMTP")
    mail.add_argument("--lmtp-port", type=int, default=0, help="0 = no LMTP")
    commands.add_parser("prepare", help="create the database's indexes")
    asked = parser.parse_args()
    try:
        if asked.command == "run":
            sys.exit(run_here(asked.data, port=asked.port))
        settings = from_environment()
        set_up_logs(process=asked.command)
        match asked.command:
            case "web":
                uvloop.run(serve(settings, host=asked.host, port=asked.port))
            case "worker":
                if asked.metrics_port:
                    serve_figures(asked.metrics_port)
                uvloop.run(work_until_told(settings))
            case "mail":
                uvloop.run(receive_until_told(settings, asked))
            case "prepare":
                uvloop.run(prepare(settings))
    except (Missing, embedded.StoresFailed) as problem:
        sys.exit(f"waystation: {problem}")


if __name__ == "__main__":
    main()
