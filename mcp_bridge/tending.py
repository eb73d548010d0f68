"""What the operator's tools answer with, as schemas and as text. Contents of memories stand inside the fence."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from mcp_bridge.fence import fenced, indented
from mcp_bridge.shapes import MemoryShape


class ReviewItem(TypedDict):
    """Something to decide. `against` is the older memory that this one contradicts, for the kind `contradiction`."""

    review_key: str
    kind: str
    suggested: str
    rule: str
    since: datetime
    memory: MemoryShape
    against: MemoryShape | None


class ReviewQueueShape(TypedDict):
    """What waits, the longest first, and how many of each kind there are."""

    waiting: dict[str, int]
    note: str
    items: list[ReviewItem]


class DecidedShape(TypedDict):
    """What was decided."""

    review_key: str
    action: str
    id: UUID


class DueRule(TypedDict):
    """What one rule of the retention policy would do now: to how many memories, and to which."""

    rule: str
    count: int
    ids: list[UUID]


class RetentionShape(TypedDict):
    """Every rule that does something; empty where everything is kept."""

    rules: list[DueRule]


class ChangeShape(TypedDict):
    """An automatic change, by ids: its kind, why, and which memories."""

    id: UUID
    at: datetime
    kind: str
    actor: str
    cause: dict[str, object]
    memories: list[UUID]
    undone: bool


class ChangesShape(TypedDict):
    """Changes, the newest first."""

    changes: list[ChangeShape]


class UndoneShape(TypedDict):
    """What undoing put back, and how much is gone for good. With `dry_run` it was not done."""

    id: UUID
    restored: int
    gone: int
    already: bool
    dry_run: bool


class MovedShape(TypedDict):
    """How many memories changed their status."""

    status: str
    moved: int


def review_text(queue: ReviewQueueShape) -> str:
    """The queue, each item with its key and what is suggested."""
    head = f"Waiting: {_counts(queue['waiting'])}."
    lines = []
    for n, item in enumerate(queue["items"], 1):
        lines.append(f"{n}. {item['review_key']} {item['kind']} suggested {item['suggested']}")
        lines.append(indented(item["memory"]["content"]))
        if item["against"]:
            lines.append(indented(f"against: {item['against']['content']}"))
    return f"{head}\n{fenced(lines)}" if lines else head


def decided_text(told: DecidedShape) -> str:
    """What was decided."""
    return f"{told['action']}: {told['review_key']}, memory {told['id']}."


def retention_text(due: RetentionShape) -> str:
    """A line for each rule."""
    if not due["rules"]:
        return "There is no retention policy: everything is kept."
    return "\n".join(f"{one['count']} memories now: {one['rule']}" for one in due["rules"])


def changes_text(told: ChangesShape) -> str:
    """A line for each change."""
    lines = [
        f"{one['id']} {one['at']:%Y-%m-%d %H:%M} {one['kind']} by {one['actor']}, {len(one['memories'])} memories"
        + (", undone" if one["undone"] else "")
        for one in told["changes"]
    ]
    return "\n".join(lines) or "Nothing was changed automatically."


def undone_text(told: UndoneShape) -> str:
    """What was put back."""
    if told["already"]:
        return "It had been undone before."
    verb = "It would put back" if told["dry_run"] else "Put back"
    return f"{verb} {told['restored']} values; {told['gone']} are gone for good."


def moved_text(told: MovedShape) -> str:
    """How many."""
    return f"{told['moved']} memories are {told['status']} now."


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
