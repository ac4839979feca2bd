"""The OpenAPI 3.1 document, generated from the routes, with the problems that every call may answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quart_schema.openapi import OpenAPIProvider
from werkzeug.routing import Rule

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, and what to do now (RFC 9457)",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable name of the problem"},
        "detail": {"type": "string", "description": "For people, in the caller's language"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

MEANINGS = {
    "400": "Not understood",
    "401": "Nobody is signed in",
    "403": "Not allowed",
    "404": "Not found",
    "409": "Somebody was faster, or saved in between",
    "413": "Too large",
    "415": "Not JSON",
    "416": "No such part of the file",
    "422": "Something in the request is not right",
    "429": "Too many",
    "503": "Not available for a moment",
}
OPEN = (
    "/api/v1/sign-",
    "/api/v1/activ",
    "/api/v1/password/",
    "/api/v1/invitations/by-token",
    "/api/v1/invitations/accept",
    "/chat/",
)
METHODS = ("get", "post", "put", "patch", "delete")


class Document(OpenAPIProvider):
    """Describes the API and the visitors' calls; pages for people are left out."""

    def generate_rules(self) -> Iterable[Rule]:
        """Yield the routes that programs call."""
        for rule in super().generate_rules():
            if rule.rule.startswith(("/api/v1/", "/chat/")) and rule.rule != "/api/v1/openapi.json":
                yield rule

    _written: dict[str, Any] | None = None

    def schema(self) -> dict[str, Any]:
        """Return the document; it is written once, which takes half a second."""
        if self._written is None:
            self._written = self._write()
        return self._written

    def _write(self) -> dict[str, Any]:
        document = super().schema()
        document["components"]["schemas"]["Problem"] = PROBLEM
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if method not in METHODS:
                    continue
                answers = {str(status): answer for status, answer in operation["responses"].items()}
                if not any(status.startswith("2") for status in answers):
                    answers["2XX"] = {"description": "Done"}  # a file, or nothing to tell
                for status, meaning in MEANINGS.items():
                    answers.setdefault(status, {"description": meaning, "content": problem})
                operation["responses"] = answers
                if path.startswith(OPEN):
                    operation["security"] = []
                if path.endswith("/files") and method == "post":
                    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
                    operation["requestBody"] = {"required": True, "content": content}
        return document
