"""Memories as JSON. Plain dicts, not serializers: this runs for each result of each recall."""

from datetime import datetime
from typing import Any

from grains.models import Status
from grains.selectors import Inspected, Memory, Page
from grains.services.judge import Judged


def memory_json(memory: Memory, namespace: str) -> dict[str, Any]:
    """The public fields of a memory; unknown names are null, vectors are left out."""
    grain = memory.grain
    return {
        "id": str(grain.id),
        "content": memory.content,
        "tags": grain.tags,
        "agent": grain.agent or None,
        "user": grain.user or None,
        "author": grain.author or None,
        "session": grain.session or None,
        "namespace": namespace,
        "memory_type": grain.memory_type,
        "status": grain.status,
        "version": grain.version,
        "importance": grain.importance,
        "provenance": grain.provenance,
        "confidence": grain.confidence,
        "metadata": grain.metadata,
        "occurred_at": grain.occurred_at,
        "valid_from": grain.valid_from,
        "valid_to": grain.valid_to,
        "review_by": grain.review_by,
        "created_at": grain.created_at,
        "updated_at": grain.updated_at,
        "archived": grain.status == Status.ARCHIVED,
    }


def inspected_json(inspected: Inspected, namespace: str, now: datetime) -> dict[str, Any]:
    """A memory with its passages, versions and vitals."""
    vitals, grain = inspected.vitals, inspected.memory.grain
    return {
        **memory_json(inspected.memory, namespace),
        "has_embedding": inspected.passages > 0,
        "passages": inspected.passages,
        "versions": inspected.versions,
        "evidence_count": 1 + vitals.confirmed,
        "last_verified_at": vitals.last_verified_at,
        "superseded_by": str(grain.superseded_by) if grain.superseded_by else None,
        "zero_knowledge": grain.zero_knowledge,
        "pinned": grain.pinned,
        "core": vitals.core,
        "age_hours": round((now - grain.created_at).total_seconds() / 3600, 3),
    }


def peeked_json(memory: Memory, namespace: str) -> dict[str, Any]:
    """A memory's metadata, the size of its content and how it begins."""
    kept = ("id", "agent", "session", "namespace", "tags", "memory_type", "status", "version")
    full = memory_json(memory, namespace)
    return {
        **{name: full[name] for name in kept},
        "created_at": memory.grain.created_at,
        "updated_at": memory.grain.updated_at,
        "content_bytes": len(memory.content.encode()),
        "preview": memory.content[:PREVIEW],
    }


def judged_json(judged: Judged) -> dict[str, Any]:
    """A memory after a verdict; unknown fields are left out."""
    named = {
        "last_verified_at": judged.vitals.last_verified_at,
        "superseded_by": str(judged.grain.superseded_by) if judged.grain.superseded_by else None,
    }
    return {
        "id": str(judged.grain.id),
        "status": judged.grain.status,
        "confidence": judged.grain.confidence,
        "evidence_count": 1 + judged.vitals.confirmed,
        **{name: value for name, value in named.items() if value is not None},
    }


PREVIEW = 120  # characters


def page_json(page: Page, namespace: str, agent: str | None, session: str | None) -> dict[str, Any]:
    """A listing; `next_cursor` only where there is more."""
    more = {"next_cursor": str(page.after)} if page.after else {}
    return {
        "namespace": namespace,
        "agent": agent,
        "session": session,
        "count": len(page.memories),
        "total": page.total,
        "memories": [memory_json(memory, namespace) for memory in page.memories],
        **more,
    }
