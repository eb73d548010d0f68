"""What the services answer, in the shapes of our own tools and resources."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import clock
from accounts.door import Caller
from grains.selectors import Memory
from learning.health.selectors import Reading, health_now
from mcp_bridge import shapes
from retrieval.channels import step_shown
from retrieval.health import health_of
from retrieval.models import Rating
from retrieval.recall import Recalled, Result
from retrieval.receipts import explanation


def memory_shape(memory: Memory) -> shapes.MemoryShape:
    """A memory as our own tools and resources show it."""
    grain = memory.grain
    return {
        "id": grain.id,
        "content": memory.content,
        "author": grain.author or None,
        "agent": grain.agent or None,
        "user": grain.user or None,
        "session": grain.session or None,
        "tags": grain.tags,
        "memory_type": grain.memory_type,
        "importance": grain.importance,
        "provenance": grain.provenance,
        "confidence": grain.confidence,
        "status": grain.status,
        "version": grain.version,
        "occurred_at": grain.occurred_at,
        "created_at": grain.created_at,
    }


def recall_shape(found: Recalled) -> shapes.RecallShape:
    """A recall as our own tool shows it."""
    return {
        "trace_id": found.trace_id,
        "decision": found.verdict.decision,
        "reasons": list(found.verdict.reasons),
        "note": shapes.DATA_NOTE,
        "memories": [_found(result) for result in found.results],
        "left_out": list(found.left_out),
    }


def _found(result: Result) -> shapes.Found:
    return {
        **memory_shape(result.memory),
        "score": result.score,
        "channels": result.channels,
        "trust": round(result.known.trust, 3),
        "stale": bool(result.known.stale),
        "superseded_by": result.known.superseded_by,
        "same": [other.memory.grain.id for other in result.others],
        "path": [_step(step_shown(step)) for step in result.path],
        "passage": _passage(result),
    }


def _passage(result: Result) -> str | None:
    place = result.passage
    return None if place is None else place.of(result.memory.content)


def explanation_shape(caller: Caller, trace_id: UUID, memory_id: UUID | None = None) -> shapes.ExplanationShape:
    """What is known of a recall; of one of its memories only, when that is named. Raises UnknownTrace or NotInTrace."""
    told = explanation(caller=caller, trace_id=trace_id, grain_id=memory_id)
    trace = told.receipt.trace
    return {
        "trace_id": trace.id,
        "query": trace.query,
        "at": trace.at,
        "decision": trace.decision,
        "parameters": trace.params,
        "note": shapes.DATA_NOTE,
        "results": [
            _explained(rank, line, told.memories.get(id_), told.receipt.rated.get(id_))
            for rank, (id_, line) in enumerate(zip(told.receipt.returned, trace.ranking, strict=True), 1)
            if memory_id in {None, id_}
        ],
    }


def health_shape(caller: Caller) -> shapes.HealthShape:
    """The memory's state for this caller."""
    now = clock.now()
    health, seen = health_of(caller=caller, now=now), health_now(caller=caller, now=now)
    return {
        "status": "needs attention" if health.advice or seen.status != "healthy" else "healthy",
        "advice": health.advice,
        "memories": health.by_status,
        "recalls": len(health.receipts),
        "answered_rate": round(health.answered_rate, 3),
        "feedback_rate": round(health.feedback_rate, 3),
        "useful_rate": round(health.useful_rate, 3),
        "waiting_for_feedback": health.pending,
        "firing": [_firing(reading) for reading in seen.firing],
    }


def _firing(reading: Reading) -> shapes.FiringSignal:
    return {
        "signal": reading.signal.name,
        "severity": reading.row.severity,
        "value": round(reading.row.value, 4),
        "healthy_range": reading.signal.range,
        "advice": reading.signal.advice,
    }


def _step(step: Mapping[str, Any]) -> str:
    """An entry's kind, or the memory that the graph came from."""
    return f"memory {step['grain_id']}" if step.get("grain_id") else str(step["from"])


def _explained(rank: int, line: dict[str, Any], memory: Memory | None, rating: Rating | None) -> shapes.Explained:
    return {
        "rank": rank,
        "id": UUID(line["id"]),
        "score": line["score"],
        "signals": line["signals"],
        "path": [_step(step) for step in line.get("path", ())],
        "content": memory.content if memory else None,
        "useful": rating.useful if rating else None,
    }
