"""Lists page by cursor: the sort values of the last row, never an offset."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, Field
from pymongo.asynchronous.collection import AsyncCollection

from core.errors import N_, Invalid

T = TypeVar("T")

Sort = Sequence[tuple[str, int]]


class PageQuery(BaseModel):
    """What a caller says to page through a list."""

    after: str | None = Field(None, max_length=1_000, description="The `next` of the page before")
    limit: int = Field(50, ge=1, le=100, description="Rows on a page")


class Page(BaseModel, Generic[T]):
    """Some rows, and the cursor for more."""

    items: list[T]
    next: str | None = None


def cursor(row: Mapping[str, Any], sort: Sort) -> str:
    """Return the cursor that continues after ``row``."""
    values = [row.get(field) for field, _ in sort]
    written = orjson.dumps([{"at": v.isoformat()} if isinstance(v, datetime) else v for v in values])
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def continued(after: str, sort: Sort) -> dict[str, Any]:
    """Return the filter for the rows that come after a cursor.

    Raises:
        Invalid: the cursor was not made by us, or for another order.
    """
    values = _values(after, count=len(sort))
    branches = []
    for position, (field, direction) in enumerate(sort):
        same = {name: values[index] for index, (name, _) in enumerate(sort[:position])}
        beyond = _beyond(values[position], direction)
        if beyond is not None:
            branches.append({**same, field: beyond})
    first, direction = sort[0]
    return {"$and": [_from(first, values[0], direction), {"$or": branches}]}


def _values(after: str, *, count: int) -> list[Any]:
    """Read a cursor; what a stranger may have written is not trusted to be anything but a few plain values."""
    try:
        written = orjson.loads(base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True))
        if not isinstance(written, list) or len(written) != count:
            raise ValueError(after)
        return [_value(value) for value in written]
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(N_("This page link is not valid. Start again from the first page.")) from error


def _value(written: Any) -> Any:
    if isinstance(written, dict):
        moment = datetime.fromisoformat(written["at"])
        if moment.utcoffset() is None:
            raise ValueError(moment)
        return moment
    if isinstance(written, list) or (isinstance(written, int) and not -(2**63) <= written < 2**63):
        raise ValueError(written)
    return written


# MongoDB sorts rows without a value before all others, but `$lt` and `$gt` never find them: hence `$not` and `$ne`.


def _beyond(value: Any, direction: int) -> dict[str, Any] | None:
    """Return the condition on a field whose values come after ``value``; None when nothing does."""
    if value is None:
        return {"$ne": None} if direction > 0 else None
    return {"$gt": value} if direction > 0 else {"$not": {"$gte": value}}


def _from(field: str, value: Any, direction: int) -> dict[str, Any]:
    """Return the condition that lets the index start at ``value``."""
    if value is None:
        return {} if direction > 0 else {field: None}
    return {field: {"$gte": value} if direction > 0 else {"$not": {"$gt": value}}}


async def paged(
    collection: AsyncCollection[dict[str, Any]],
    where: Mapping[str, Any],
    *,
    sort: Sort,
    query: PageQuery,
    projection: Mapping[str, Any] | None = None,
    hint: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return one page of stored documents in ``sort`` order, and the cursor of the next page or None.

    ``sort`` must end with a unique field and match an index together with ``where``; ``hint`` names that index.
    """
    restriction = {"$and": [dict(where), continued(query.after, sort)]} if query.after else dict(where)
    found = collection.find(restriction, projection, hint=hint).sort(list(sort)).limit(query.limit + 1)
    rows = await found.to_list()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return rows, cursor(rows[-1], sort) if more else None
