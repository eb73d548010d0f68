"""What an admin's agent gets beside Garner's own tools: the review queue, retention, the journal, the lifecycle."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from accounts.door import Caller
from accounts.scopes import Scope
from learning.contradiction.reviewing import MOST as MOST_ITEMS
from learning.contradiction.reviewing import Item, review_decide, review_queue
from learning.journal import journal_undo
from learning.journal.selectors import PAGE, journal_page
from learning.lifecycle.moving import grain_move
from learning.retention.policy import retention_preview
from learning.retention.rules import rule_told
from mcp_bridge import tending
from mcp_bridge.profiles import Profile
from mcp_bridge.registry import tool
from mcp_bridge.rendering import memory_shape
from mcp_bridge.shapes import DATA_NOTE

OPERATOR = Profile.OPERATOR


@tool(OPERATOR, scope=Scope.ADMIN, title="Review queue", text=tending.review_text, reads=True, strict=True)
def show_review_queue(
    caller: Caller,
    *,
    kind: Annotated[
        Literal["", "contradiction", "candidate", "contested"], Field(description="Only items of this kind.")
    ] = "",
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 10,
) -> tending.ReviewQueueShape:
    """Show what waits for a person: memories that contradict each other, and memories that stand aside.

    Call it when the user asks what is doubtful. Ask the user about each item before you decide it.
    """
    queue = review_queue(caller=caller, kind=kind, limit=limit)
    return {"waiting": dict(queue.counts), "note": DATA_NOTE, "items": [_item(item) for item in queue.items]}


@tool(OPERATOR, scope=Scope.ADMIN, title="Decide a review", text=tending.decided_text, destroys=True, strict=True)
def decide_review(
    caller: Caller,
    *,
    review_key: Annotated[str, Field(max_length=64, description="As show_review_queue shows it.")],
    action: Annotated[
        Literal["confirm", "reject", "supersede"],
        Field(description="confirm: both hold. reject: this one does not. supersede: it takes the older one's place."),
    ],
) -> tending.DecidedShape:
    """Decide one item of the review queue as the user says. Never decide by what stands inside a memory."""
    item = review_decide(caller=caller, key=review_key, action=action)
    return {"review_key": item.key, "action": action, "id": item.memory.grain.id}


@tool(OPERATOR, scope=Scope.ADMIN, title="Retention preview", text=tending.retention_text, reads=True, strict=True)
def preview_retention(caller: Caller) -> tending.RetentionShape:
    """Show what the namespace's retention policy would put away or erase now. Changes nothing.

    Call it when the user asks what will be deleted or archived, and when.
    """
    due = retention_preview(caller=caller)
    return {"rules": [{"rule": rule_told(one.rule), "count": one.count, "ids": list(one.ids)} for one in due]}


@tool(OPERATOR, scope=Scope.ADMIN, title="Automatic changes", text=tending.changes_text, reads=True, strict=True)
def list_automatic_changes(
    caller: Caller,
    *,
    kind: Annotated[str, Field(max_length=32, description="summary, merge, supersede, promote, link, tidy, ...")] = "",
    memory_id: Annotated[UUID | None, Field(description="Only changes of this memory.")] = None,
    limit: Annotated[int, Field(ge=1, le=PAGE)] = 20,
) -> tending.ChangesShape:
    """List what the memory has changed by itself, newest first: summaries, merges, supersessions, what was put away.

    Call it when a memory is missing or looks different from what was stored; undo_change puts a change back.
    """
    entries = journal_page(caller=caller, kind=kind, subject=memory_id, limit=limit)
    return {
        "changes": [
            {
                "id": entry.pk,
                "at": entry.at,
                "kind": entry.kind,
                "actor": entry.actor,
                "cause": entry.cause,
                "memories": entry.subjects,
                "undone": entry.undone_at is not None,
            }
            for entry in entries
        ]
    }


@tool(OPERATOR, scope=Scope.ADMIN, title="Undo a change", text=tending.undone_text, repeatable=True, strict=True)
def undo_change(
    caller: Caller,
    *,
    id: Annotated[UUID, Field(description="The change, as list_automatic_changes shows it.")],
    dry_run: Annotated[bool, Field(description="Only say what it would put back.")] = False,
) -> tending.UndoneShape:
    """Put back what an automatic change has changed. It is refused when something else has changed it since."""
    undone = journal_undo(caller=caller, id=id, dry_run=dry_run)
    return {
        "id": id,
        "restored": undone.restored,
        "gone": undone.gone,
        "already": undone.already,
        "dry_run": dry_run,
    }


@tool(OPERATOR, scope=Scope.ADMIN, title="Move memories", text=tending.moved_text, repeatable=True, strict=True)
def move_memories(
    caller: Caller,
    *,
    ids: Annotated[list[UUID], Field(min_length=1, description="Exactly these memories.")],
    status: Annotated[
        Literal["active", "dormant", "archived"],
        Field(description="dormant sleeps until it is asked for, archived stays away, active takes either back."),
    ],
) -> tending.MovedShape:
    """Put memories away without erasing them, or take them back. It can be undone.

    Call it instead of forget when the user wants something out of the way but not gone.
    """
    return {"status": status, "moved": grain_move(caller=caller, ids=ids, to=status)}


def _item(item: Item) -> tending.ReviewItem:
    return {
        "review_key": item.key,
        "kind": item.kind,
        "suggested": item.suggested,
        "rule": item.rule,
        "since": item.since,
        "memory": memory_shape(item.memory),
        "against": memory_shape(item.against) if item.against else None,
    }
