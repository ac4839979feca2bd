"""The API's reference for people: the OpenAPI document as sections, calls and rows of fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

DEEPEST = 4  # levels of nested fields that are shown
METHODS = ("get", "post", "put", "patch", "delete")

Schema = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One field or parameter; ``name`` is dotted, lists end in ``[]``."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Answer:
    """What may come back."""

    status: str
    meaning: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Call:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Row, ...]
    body: tuple[Row, ...]
    answers: tuple[Answer, ...]
    problems: tuple[Answer, ...]


@dataclass(frozen=True)
class Section:
    """The calls of one tag."""

    name: str
    calls: tuple[Call, ...]


def sections(document: Schema) -> list[Section]:
    """Return the document's calls by tag, in the order of their paths."""
    found: dict[str, list[Call]] = {}
    for path, operations in sorted(document["paths"].items()):
        for method in METHODS:
            if operation := operations.get(method):
                name = (operation.get("tags") or ["other"])[0]
                found.setdefault(name, []).append(_call(document, method, path, operation))
    return [Section(name, tuple(calls)) for name, calls in sorted(found.items())]


def _call(document: Schema, method: str, path: str, operation: Schema) -> Call:
    body = operation.get("requestBody", {}).get("content", {})
    answers = [_answer(document, status, told) for status, told in sorted(operation["responses"].items())]
    return Call(
        id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=tuple(
            Row(p["name"], _type(document, p["schema"]), p.get("required", False), p.get("description", "") or p["in"])
            for p in operation.get("parameters", [])
        ),
        body=tuple(row for told in body.values() for row in rows(document, told.get("schema", {}))),
        answers=tuple(answer for answer in answers if answer.status < "400"),
        problems=tuple(answer for answer in answers if answer.status >= "400"),
    )


def _answer(document: Schema, status: str, told: Schema) -> Answer:
    contents: list[Schema] = list(told.get("content", {}).values())
    schema = contents[0].get("schema", {}) if contents else {}
    return Answer(status, told.get("description", ""), tuple(rows(document, schema)) if status < "400" else ())


def rows(document: Schema, schema: Schema, prefix: str = "", depth: int = 1) -> Iterator[Row]:
    """Yield a row per field of a schema, nested ones with dotted names."""
    schema = resolved(document, schema)
    if schema.get("type") == "array":
        yield from rows(document, schema.get("items", {}), f"{prefix}[]", depth)
        return
    needed = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        dotted = f"{prefix}.{name}" if prefix else name
        yield Row(dotted, _type(document, field), name in needed, _described(document, field))
        if depth < DEEPEST:
            inner = _inner(document, field)
            if inner is not None:
                repeated = resolved(document, field).get("type") == "array"
                yield from rows(document, inner, f"{dotted}[]" if repeated else dotted, depth + 1)


def resolved(document: Schema, schema: Schema) -> Schema:
    """Return what a reference points at; other schemas as they are."""
    for _ in range(10):
        reference = schema.get("$ref")
        if reference is None:
            break
        schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
    return schema


def _inner(document: Schema, field: Schema) -> Schema | None:
    """Return the object inside a field: itself, a list's item, or the one alternative that is not null."""
    field = resolved(document, field)
    if field.get("type") == "array":
        field = resolved(document, field.get("items", {}))
    alternatives = [resolved(document, one) for one in field.get("anyOf", []) if one.get("type") != "null"]
    if len(alternatives) == 1:
        field = alternatives[0]
    return field if "properties" in field else None


def _type(document: Schema, schema: Schema) -> str:
    schema = resolved(document, schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_type(document, one) for one in alternatives))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(document, schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind)


def _described(document: Schema, field: Schema) -> str:
    words = str(field.get("description") or resolved(document, field).get("description") or "").split("\n")[0]
    if "default" in field and field["default"] is not None:
        words = f"{words} Default: {field['default']!r}.".strip()
    return words
