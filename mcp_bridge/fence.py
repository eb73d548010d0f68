"""Memories as text for a model: numbered, and fenced by a mark that no memory can know."""

import secrets
from collections.abc import Sequence

from mcp_bridge.shapes import (
    DATA_NOTE,
    ExplanationShape,
    FeedbackShape,
    ForgottenShape,
    Found,
    HealthShape,
    ListingShape,
    MemoryShape,
    OnboardShape,
    RecallShape,
    Remembered,
    UpdatedShape,
)


def fenced(lines: Sequence[str]) -> str:
    """The lines between two marks. The mark is new each time, so a memory cannot close the fence."""
    mark = secrets.token_hex(4)
    return "\n".join([f"<memories-{mark}> {DATA_NOTE}", *lines, f"</memories-{mark}>"])


def indented(text: str) -> str:
    """A memory's lines set in under its number, so that none of them looks like an entry of its own."""
    return "\n".join(f"   {line}" for line in text.splitlines())


def recall_text(found: RecallShape) -> str:
    """A ranking; when it is not worth showing, it says so first."""
    head = f"{_count(len(found['memories']))}. Decision: {found['decision']} ({', '.join(found['reasons'])})."
    if found["left_out"]:
        head += f" Degraded: {', '.join(found['left_out'])} did not answer in time."
    tail = f"trace_id {found['trace_id']} (for feedback and explain)"
    if not found["memories"]:
        return f"{head}\n{tail}"
    return "\n".join([head, fenced([_found_lines(n, one) for n, one in enumerate(found["memories"], 1)]), tail])


def listing_text(page: ListingShape) -> str:
    """A page of memories."""
    more = f"\nMore: call again with cursor {page['next_cursor']}." if page["next_cursor"] else ""
    head = f"{len(page['memories'])} of {page['total']} memories, newest first."
    return f"{head}\n{fenced([_lines(n, one) for n, one in enumerate(page['memories'], 1)])}{more}"


def explanation_text(told: ExplanationShape) -> str:
    """The signals of each result of a recall."""
    lines = []
    for one in told["results"]:
        signals = ", ".join(f"{name} {value:+.3f}" for name, value in one["signals"].items()) or "none"
        path = f" path: {' > '.join(one['path'])}" if one["path"] else ""
        lines.append(f"{one['rank']}. score {one['score']:.3f} id {one['id']} signals: {signals}{path}")
        lines.append(indented(one["content"] if one["content"] is not None else "(forgotten since)"))
    head = f"Recall of {told['at']:%Y-%m-%d %H:%M} UTC, decision {told['decision']}."
    query = f"Query: {told['query']}"
    return f"{head}\n{fenced([query, *lines])}" if lines else f"{head} It found nothing."


def remembered_text(stored: Remembered) -> str:
    """Where it is."""
    again = "Known already" if stored["duplicate"] else "Remembered"
    return f"{again}: id {stored['id']}, version {stored['version']}."


def updated_text(changed: UpdatedShape) -> str:
    """The new version."""
    return f"Updated: id {changed['id']}, version {changed['version']}."


def forgotten_text(gone: ForgottenShape) -> str:
    """How many."""
    return f"Forgotten: {_count(gone['deleted'])}."


def feedback_text(taken: FeedbackShape) -> str:
    """How many."""
    return f"{taken['recorded']} ratings recorded for trace {taken['trace_id']}."


def health_text(health: HealthShape) -> str:
    """The state in three lines, and a line for each signal that fires."""
    stock = ", ".join(f"{n} {status}" for status, n in health["memories"].items()) or "none"
    rates = (
        f"Last 24 hours: {health['recalls']} recalls, {health['answered_rate']:.0%} answered, "
        f"{health['feedback_rate']:.0%} rated, {health['waiting_for_feedback']} waiting for feedback."
    )
    firing = [
        f"{one['severity']} {one['signal']} is {one['value']:.4g} (healthy: {one['healthy_range']}). {one['advice']}"
        for one in health["firing"]
    ]
    return "\n".join([f"Status {health['status']}. Memories: {stock}.", rates, *health["advice"], *firing])


def onboard_text(told: OnboardShape) -> str:
    """The workflow itself."""
    return told["instructions"]


def _found_lines(n: int, one: Found) -> str:
    head = f"{n}. score {one['score']:.2f} id {one['id']} {_origin(one)}{_doubt(one)}"
    return f"{head}\n{indented(one['content'])}"


def _doubt(one: Found) -> str:
    """What speaks against using it."""
    if one["superseded_by"]:
        return f" STALE, superseded by {one['superseded_by']}"
    return " STALE" if one["stale"] else ""


def _lines(n: int, one: MemoryShape) -> str:
    return f"{n}. id {one['id']} {_origin(one)}\n{indented(one['content'])}"


def _origin(one: MemoryShape) -> str:
    said = one["occurred_at"] or one["created_at"]
    author = f" by {one['author']}" if one["author"] else ""
    return f"{one['provenance']}{author} {said:%Y-%m-%d}"


def _count(n: int) -> str:
    return "1 memory" if n == 1 else f"{n} memories"
