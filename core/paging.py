"""Lists page by cursor: the sort values of the last row, never an offset."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from bson import json_util
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
    values = json_util.dumps([row.get(field) for field, _ in sort])
    return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")


def continued(after: str, sort: Sort) -> dict[str, Any]:
    """Return the filter for the rows that come after a cursor.

    Raises:
        Invalid: the cursor was not made by us, or for another order.
    """
    try:
        values = json_util.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(values, list) or len(values) != len(sort) or any(isinstance(v, dict | list) for v in values):
            raise ValueError(after)
    except (ValueError, TypeError, binascii.Error, UnicodeDecodeError) as error:
        raise Invalid(N_("This page link is not valid. Start again from the first page.")) from error
    branches = []
    for position, (field, direction) in enumerate(sort):
        same = {name: values[index] for index, (name, _) in enumerate(sort[:position])}
        branches.append({**same, field: {"$lt" if direction < 0 else "$gt": values[position]}})
    first, direction = sort[0]
    bound = {first: {"$lte" if direction < 0 else "$gte": values[0]}}  # lets the index start at the cursor
    return {"$and": [bound, {"$or": branches}]}


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
