"""The indexes of the collections that `core` itself keeps."""

from __future__ import annotations

import pymongo
from pymongo import ASCENDING, IndexModel

from core.db import Database

BUILT_WITHIN = 900.0  # seconds that an index over millions of documents may take

INDEXES: dict[str, list[IndexModel]] = {
    "jobs": [
        IndexModel([("run_at", ASCENDING)], name="due"),
        IndexModel(
            [("tenant_id", ASCENDING), ("_id", ASCENDING)],
            name="dead",
            partialFilterExpression={"dead_at": {"$type": "date"}},
        ),
    ],
    "events": [
        IndexModel([("tenant_id", ASCENDING), ("_id", ASCENDING)], name="told"),
        IndexModel([("tenant_id", ASCENDING), ("subject_id", ASCENDING), ("_id", ASCENDING)], name="subject"),
        IndexModel([("tenant_id", ASCENDING), ("actor.id", ASCENDING), ("_id", ASCENDING)], name="actor"),
        IndexModel([("tenant_id", ASCENDING), ("name", ASCENDING), ("_id", ASCENDING)], name="name"),
    ],
}


async def ensure_indexes(db: Database, *kinds: dict[str, list[IndexModel]]) -> None:
    """Create what is missing of the given packages' indexes; harmless when all are there."""
    with pymongo.timeout(BUILT_WITHIN):
        for indexes in kinds:
            for collection, wanted in indexes.items():
                await db[collection].create_indexes(wanted)
