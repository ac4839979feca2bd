"""Who may read a file: whoever uploaded it, and whoever may see a conversation or ticket that shows it (spec 5.11)."""

from __future__ import annotations

from collections.abc import Iterable

from conversation.access import transcript_for
from core import files
from core.db import Database
from core.errors import N_, Invalid, NotFound, Problem
from core.files import StoredFile
from people import store as people_store
from people.access import AgentActor
from ticketing.access import ticket_for


async def file_for(db: Database, actor: AgentActor, file_id: str) -> StoredFile:
    """Return a file that the agent may read.

    Raises:
        NotFound: there is none in this tenant, or it belongs to others.
    """
    stored = await files.get(db, actor.tenant_id, file_id)
    if stored.uploaded_by != f"agent:{actor.id}" and not await _may_read(db, actor, stored):
        raise NotFound
    return stored


async def require_files(db: Database, actor: AgentActor, file_ids: Iterable[str]) -> None:
    """Go on only if the agent may read all these files: who says a file hands it on to all who may read the words.

    Raises:
        Invalid: one is not there, or belongs to others; both look alike on purpose.
    """
    for file_id in file_ids:
        try:
            await file_for(db, actor, file_id)
        except NotFound as missing:
            raise Invalid(N_("A file of this message is not there any more. Please add it again.")) from missing


async def _may_read(db: Database, actor: AgentActor, file: StoredFile) -> bool:
    agents = await people_store.agents_with_ids(db, actor.tenant_id, [file.uploaded_by.removeprefix("agent:")])
    if any(agent.avatar_file_id == file.id for agent in agents.values()):
        return True
    for used_in in file.used_in:
        for find in (transcript_for, ticket_for):
            try:
                await find(db, actor, used_in)
            except Problem:
                continue
            return True
    return False
