"""Runs schemathesis as a process of its own against a world; it makes up requests from the OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.company import Company

#: Never an error of ours, and every answer is one that the document tells of. Its other opinions are for reading.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
#: Ends the very session that the fuzzer uses.
LEFT_OUT = ("/api/v1/sign-out", "/api/v1/me/password")


async def fuzz(
    company: Company, folder: Path, *, seconds: float, headers: dict[str, str], phases: str = "coverage,fuzzing",
    only: str = "", examples: int = 10_000, checks: str = CHECKS,
) -> str:  # fmt: skip
    """Throw requests at the company's server for so many seconds; return what failed, in words, or nothing.

    ``only``: a regular expression on paths. Paths name the company's own things, so that requests get further than 404.
    """
    own = "\n".join(f"{json.dumps(f'path.{name}')} = {json.dumps(value)}" for name, value in company.ids.items())
    settings = folder / "schemathesis.toml"
    settings.write_text(f"[parameters]\n{own}\n", encoding="utf-8")
    url = company.world.url
    arguments = [
        "--config-file", str(settings), "run", f"{url}/api/v1/openapi.json", "--url", url, "--phases", phases,
        "--checks", checks, "--max-time", str(int(seconds)), "--max-examples", str(examples),
        "--workers", "1",  # two: CPython 3.11 may fail (gh-106905)
        "--request-timeout", "20", "--continue-on-failure", "--no-color", "--warnings", "off",
        "--generation-database", "none", "--no-shrink", "--suppress-health-check", "all",
    ]  # fmt: skip
    for path in LEFT_OUT:
        arguments += ["--exclude-path", path]
    if only:
        arguments += ["--include-path-regex", only]
    for name, value in headers.items():
        arguments += ["--header", f"{name}: {value}"]
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", *arguments, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told, _ = await running.communicate()
    words = told.decode(errors="replace")
    assert "Performed on" in words or "Test cases" in words or running.returncode in (0, 1), words
    if running.returncode == 0:
        return ""
    sys.stdout.write(words)  # whole: pytest would cut it
    return words
