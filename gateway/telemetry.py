"""What operators see: structured logs without message bodies, and figures for Prometheus."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, start_http_server

from core.jobs import Handler, Job

REGISTRY = CollectorRegistry()
MESSAGES = Counter("waystation_messages_stored", "Messages stored", ["author"], registry=REGISTRY)
BY_AGENTS, BY_CUSTOMERS, BY_GUESTS = (MESSAGES.labels(author) for author in ("agent", "customer", "guest"))
STORED = Histogram(
    "waystation_message_stored_seconds",
    "From hearing a visitor's message to its acknowledgement",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=REGISTRY,
)
SOCKETS = Gauge("waystation_sockets", "Connected sockets", ["namespace"], registry=REGISTRY)
REQUESTS = Histogram(
    "waystation_request_seconds",
    "HTTP requests by route and status",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=REGISTRY,
)
JOBS = Histogram(
    "waystation_job_seconds",
    "Jobs by kind and by how they ended",
    ["kind", "outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
SHED = Counter("waystation_shed", "Messages refused because they had waited too long", registry=REGISTRY)
REFUSED = Counter("waystation_refused_connections", "Sockets refused by the limit per address", registry=REGISTRY)

#: Never in a log, whatever a caller passes: words of people, and secrets (spec: logs without message bodies).
SECRET = frozenset({"parts", "text", "body", "password", "token", "secret", "cookie", "email", "html"})


def _without_secrets(_: Any, __: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: ("…" if name in SECRET else value) for name, value in record.items()}


def set_up_logs(*, process: str) -> None:
    """Write one JSON line per event to standard error; people at a terminal get columns."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def measured(kind: str, handler: Handler) -> Handler:
    """Return a job's handler whose runs are counted and timed."""

    async def run(job: Job) -> None:
        started, outcome = time.perf_counter(), "failed"
        try:
            await handler(job)
            outcome = "done"
        finally:
            JOBS.labels(kind, outcome).observe(time.perf_counter() - started)

    return run


def serve_figures(port: int) -> None:
    """Answer Prometheus, and whoever asks whether the process lives, on a port of a process without HTTP."""
    start_http_server(port, registry=REGISTRY)


def exposition() -> bytes:
    """Return all figures in Prometheus's text format."""
    return generate_latest(REGISTRY)
