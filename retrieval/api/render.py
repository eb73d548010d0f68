"""Recalls as JSON."""

from collections.abc import Mapping
from typing import Any

from grains.api.render import memory_json
from retrieval.channels import path_shown
from retrieval.explain import Entry
from retrieval.known import Known
from retrieval.recall import Recalled, Result
from retrieval.trust import LOW


def recalled_json(recalled: Recalled, namespace: str) -> dict[str, Any]:
    """The answer of /v1/recall."""
    return {
        "trace_id": str(recalled.trace_id),
        "decision": recalled.verdict.decision,
        "reasons": recalled.verdict.reasons,
        "memories": [_result_json(result, namespace) for result in recalled.results],
        "degraded": bool(recalled.left_out),
        **_told(recalled, namespace),
    }


def explained_json(recalled: Recalled, namespace: str) -> dict[str, Any]:
    """The explanation of a recall that was asked for one."""
    told = dict(recalled.explanation or {})
    entries = [_entry_json(entry, namespace) for entry in told.pop("results", [])]
    return {**told, "results": entries}


def query_explain_json(recalled: Recalled, namespace: str, query: str) -> dict[str, Any]:
    """The answer of /v1/admin/query-explain: memoryOSS's names, and all that we know beyond."""
    told = explained_json(recalled, namespace)
    results = told.pop("results")
    channels = told.pop("channels")
    return {
        **told,
        "trace_id": str(recalled.trace_id),
        "query": query,
        "namespace": namespace,
        "decision": recalled.verdict.decision,
        "reasons": recalled.verdict.reasons,
        "indexer_lag": 0,
        "consistency": "strong",
        "used_vector": told["used"]["vector"],
        "used_fts": told["used"]["fts"],
        "identifiers": told["understood"]["exact"],
        "min_channel_score": told["filters"].get("min_channel", 0.0),
        "diversity_factor": told["filters"].get("diversity", 0.0),
        "vector_results": channels["vector"],
        "fts_results": channels["fts"],
        "exact_results": channels["exact"],
        "graph_results": channels.get("graph", []),
        "final_results": results,
    }


def _told(recalled: Recalled, namespace: str) -> dict[str, Any]:
    """What only some answers have."""
    told: dict[str, Any] = {}
    if recalled.next_cursor:
        told["next_cursor"] = recalled.next_cursor
    if recalled.left_out:
        told |= {"left_out": list(recalled.left_out), "degraded_because": recalled.left_out}
    if recalled.tokens is not None:
        told["tokens"] = recalled.tokens
    if recalled.explanation is not None:
        told["explain"] = explained_json(recalled, namespace)
    return told


def _result_json(result: Result, namespace: str) -> dict[str, Any]:
    memory = memory_json(result.memory, namespace)
    if result.vector is not None:
        memory["embedding"] = result.vector
    shown = {
        "memory": memory,
        "score": result.score,
        "provenance": result.channels,
        **_known_json(result.known),
    }
    if result.passage is not None:
        place = result.passage
        shown["passage"] = {"start": place.start, "end": place.stop, "text": place.of(result.memory.content)}
    if result.path:
        shown["path"] = path_shown(result.path)
    if result.others:
        shown["collapsed"] = [
            {"id": str(other.memory.grain.id), "content": other.memory.content} for other in result.others
        ]
    return shown


def _known_json(known: Known) -> dict[str, Any]:
    told: dict[str, Any] = {
        "trust_score": round(known.trust, 6),
        "low_trust": known.trust < LOW,
        "stale": bool(known.stale),
        "last_verified_at": known.verified_at,
    }
    if known.stale:
        told["stale_because"] = known.stale
    if known.superseded_by:
        told["superseded_by"] = str(known.superseded_by)
    if known.supersedes:
        told["supersedes"] = [str(id_) for id_ in known.supersedes]
    return told


def _entry_json(entry: Entry, namespace: str) -> dict[str, Any]:
    """One result of an explanation, with memoryOSS's names beside ours."""
    numbers: Mapping[str, Any] = entry.numbers
    recency = numbers["signals"].get("recency", 0.0)
    seeds = bool(numbers["multipliers"])  # only their formulas are a sum of channels as it stands
    return {
        "memory": memory_json(entry.known.memory, namespace),
        **numbers,
        **_known_json(entry.known),
        "base_score": (numbers["signal_sum"] if seeds else numbers["final_score"]) - recency,
        "recency_score": recency,
        "confidence_factor": numbers["multipliers"].get("confidence", 1.0),
        "status_factor": 1.0,
        "trust_multiplier": numbers["multipliers"].get("trust", 1.0),
    }
