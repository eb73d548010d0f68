"""Recalls as JSON."""

from typing import Any

from grains.api.render import memory_json
from retrieval.recall import Recalled, Result


def recalled_json(recalled: Recalled, namespace: str) -> dict[str, Any]:
    """The answer of /v1/recall."""
    return {
        "trace_id": str(recalled.trace_id),
        "decision": recalled.verdict.decision,
        "reasons": recalled.verdict.reasons,
        "memories": [_result_json(result, namespace) for result in recalled.results],
        **({"next_cursor": recalled.next_cursor} if recalled.next_cursor else {}),
    }


def _result_json(result: Result, namespace: str) -> dict[str, Any]:
    memory = memory_json(result.memory, namespace)
    if result.vector is not None:
        memory["embedding"] = result.vector
    return {
        "memory": memory,
        "score": result.score,
        "provenance": result.channels,
        "trust_score": result.memory.grain.confidence,
        "low_trust": result.memory.grain.confidence < LOW_TRUST,
    }


LOW_TRUST = 0.3  # memoryOSS's threshold
