"""Flux Memory's results, and the translation of ours into them.

A memory is `core` or `working`, a recall has taken as many hops as the longest path to one of its results.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from accounts.door import Caller
from accounts.stated import named
from grains.models import Provenance
from grains.selectors import Memory
from retrieval.expansion import Beside
from retrieval.health import RATED_AT_LEAST, Health
from retrieval.recall import Recalled, Result
from retrieval.receipts import Receipt
from text.tokens import terms

TOP_K = 5
SNIPPET = 120  # characters of content in a listing
WARM_UP = 100  # retrievals before a rate can warn
SKEWED, SKEW_FROM = 0.9, 20  # share of user_stated that is suspicious, from that many memories a day
# How fast a memory of each origin may learn.
PROVENANCE_WEIGHT = {
    Provenance.USER_STATED: 1.0,
    Provenance.EXTERNAL_SOURCE: 0.9,
    Provenance.AI_STATED: 0.5,
    Provenance.AI_INFERRED: 0.3,
}


class StoredShape(TypedDict):
    """`status` is stored_wired or duplicate."""

    grain_id: str
    status: str


class GrainShape(TypedDict):
    """One retrieved grain."""

    id: str
    content: str
    provenance: str
    decay_class: str
    score: float
    confidence: float
    source: str


class RetrievedShape(TypedDict):
    """A retrieval with its receipt."""

    grains: list[GrainShape]
    trace_id: str
    confidence: float
    fallback_triggered: bool
    hop_count: int
    features: list[str]
    expansion_candidates: list[GrainShape]


class FeedbackShape(TypedDict):
    """`action` is reinforced, penalized or skipped."""

    trace_id: str
    grain_id: str
    action: str
    effective_signal: float


class SignalShape(TypedDict):
    """One health signal."""

    value: float
    healthy: bool


class WarningShape(TypedDict):
    """A signal outside its range."""

    signal: str
    severity: str
    current_value: float
    healthy_range: str
    first_seen: datetime
    last_seen: datetime
    suggestion: str


class CallerFeedbackShape(TypedDict):
    """One caller's debt of feedback."""

    caller_id: str
    client: str
    role: str
    display_name: str
    rate: float
    healthy: bool
    expected: int
    received: int
    missing: int
    retrievals: int


class CallerProvenanceShape(TypedDict):
    """Where one caller says its memories come from."""

    caller_id: str
    stores: int
    user_stated: int
    user_stated_fraction: float
    skewed: bool


class HealthShape(TypedDict):
    """The instance as this key sees it."""

    status: str
    signals: dict[str, SignalShape]
    active_warnings: list[WarningShape]
    caller_feedback: list[CallerFeedbackShape]
    caller_provenance: list[CallerProvenanceShape]
    computed_at: datetime


class PendingTraceShape(TypedDict):
    """A retrieval that waits for ratings."""

    trace_id: str
    expected: int
    received: int
    missing: int
    age_seconds: float
    grain_ids: list[str]
    pending_grain_ids: list[str]


class PendingShape(TypedDict):
    """All that wait, of one caller."""

    caller_id: str
    pending_traces: list[PendingTraceShape]
    expected: int
    received: int
    missing: int


class SnippetShape(TypedDict):
    """A grain of a listing."""

    id: str
    content_snippet: str
    status: str
    provenance: str
    created_at: datetime


class GrainsShape(TypedDict):
    """A listing, newest first."""

    grains: list[SnippetShape]
    count: int


class OnboardShape(TypedDict):
    """The workflow for this instance."""

    instructions: str
    operating_mode: str
    server_name: str


def caller_name(client: str, role: str) -> str:
    """Flux's canonical name of a caller, `client:role`; versions are left out, unknown parts have its defaults."""
    return f"{client.partition('/')[0].strip().lower() or 'unknown'}:{role or 'legacy'}"


def caller_name_of(caller: Caller) -> str:
    """The canonical name of a caller."""
    return caller_name(caller.client, caller.role)


def caller_meant(caller: Caller, target: str) -> str:
    """The canonical name that `target` stands for; the caller's own when it is empty."""
    nobody = replace(caller, client="", role="")
    return caller_name_of(named(nobody, caller_id=target) if target else caller)


def receipt_caller(receipt: Receipt) -> str:
    """The canonical name of who made a recall."""
    params = receipt.trace.params
    return caller_name(params.get("client", ""), params.get("role", ""))


def retrieved(found: Recalled, query: str, beside: Sequence[Beside] = ()) -> RetrievedShape:
    """A recall, and what lies beside it.

    The fallback is the semantic channel: in the profile `flux` as Flux has it, else it was needed when no grain was
    found by its words.
    """
    return {
        "grains": [_grain(result) for result in found.results],
        "trace_id": str(found.trace_id),
        "confidence": round(found.verdict.confidence, 4),
        "fallback_triggered": _fell_back(found.results),
        "hop_count": max((len(result.path) for result in found.results), default=0),
        "features": list(dict.fromkeys(terms(query))),
        "expansion_candidates": [_beside(one) for one in beside],
    }


def _fell_back(results: Sequence[Result]) -> bool:
    signals = {name for result in results for name in result.signals}
    if signals & {"graph", "fallback"}:
        return "fallback" in signals
    return bool(results) and not any("fts" in result.channels for result in results)


def _beside(one: Beside) -> GrainShape:
    grain = one.memory.grain
    return {
        "id": str(grain.id),
        "content": one.memory.content,
        "provenance": grain.provenance,
        "decay_class": "core" if one.core else "working",
        "score": round(one.score, 4),
        "confidence": grain.confidence,
        "source": "expansion",
    }


def _grain(result: Result) -> GrainShape:
    grain = result.memory.grain
    return {
        "id": str(grain.id),
        "content": result.memory.content,
        "provenance": grain.provenance,
        "decay_class": "core" if result.known.core else "working",
        "score": result.score,
        "confidence": grain.confidence,
        "source": "propagation",  # Flux's only value besides expansion
    }


def effective_signal(*, useful: bool, strength: float, provenance: str) -> float:
    """What a rating weighs, -1 to 1: its strength by how far the memory's origin is trusted."""
    return (1 if useful else -1) * strength * PROVENANCE_WEIGHT[Provenance(provenance)]


def pending(receipts: Sequence[Receipt], caller_id: str, now: datetime) -> PendingShape:
    """The receipts' debt of feedback; those that are paid are counted, not listed."""
    expected = sum(len(one.returned) for one in receipts)
    missing = sum(len(one.pending) for one in receipts)
    return {
        "caller_id": caller_id,
        "pending_traces": [_pending_trace(one, now) for one in receipts if one.pending],
        "expected": expected,
        "received": expected - missing,
        "missing": missing,
    }


def _pending_trace(one: Receipt, now: datetime) -> PendingTraceShape:
    return {
        "trace_id": str(one.trace.id),
        "expected": len(one.returned),
        "received": len(one.returned) - len(one.pending),
        "missing": len(one.pending),
        "age_seconds": round((now - one.trace.at).total_seconds(), 1),
        "grain_ids": _ids(one.returned),
        "pending_grain_ids": _ids(one.pending),
    }


def _ids(ids: Sequence[UUID]) -> list[str]:
    return [str(id_) for id_ in ids]


def snippet(memory: Memory) -> SnippetShape:
    """A grain of a listing."""
    grain = memory.grain
    return {
        "id": str(grain.id),
        "content_snippet": memory.content[:SNIPPET],
        "status": grain.status,
        "provenance": grain.provenance,
        "created_at": grain.created_at,
    }


def health(found: Health, provenance: CallerProvenanceShape, now: datetime) -> HealthShape:
    """Those of Flux's signals that do not need its graph."""
    warm = len(found.receipts) >= WARM_UP
    signals: dict[str, SignalShape] = {
        "retrieval_success_rate": _signal(found.useful_rate, found.useful_rate >= 0.5 or not warm),
        "feedback_compliance_rate": _signal(found.feedback_rate, found.feedback_rate >= RATED_AT_LEAST),
        "dormant_grain_rate": _signal(found.dormant_rate, found.dormant_rate <= 0.4),
    }
    warnings = [_warning(name, signals[name]["value"], now) for name in _RANGES if not signals[name]["healthy"]]
    return {
        "status": "warning" if any(one["severity"] == "WARNING" for one in warnings) else "healthy",
        "signals": signals,
        "active_warnings": warnings,
        "caller_feedback": _by_caller(found.receipts),
        "caller_provenance": [provenance] if provenance["stores"] else [],
        "computed_at": now,
    }


_RANGES = {
    "retrieval_success_rate": ("WARNING", "0.5 to 1", "Store facts in full sentences; rate what was retrieved."),
    "feedback_compliance_rate": ("WARNING", "0.8 to 1", "Call flux_feedback for every grain that was retrieved."),
    "dormant_grain_rate": ("INFO", "0 to 0.4", "Many grains are not in use."),
}


def _signal(value: float, healthy: bool) -> SignalShape:
    return {"value": round(value, 4), "healthy": healthy}


def _warning(name: str, value: float, now: datetime) -> WarningShape:
    severity, healthy_range, suggestion = _RANGES[name]
    return {
        "signal": name,
        "severity": severity,
        "current_value": value,
        "healthy_range": healthy_range,
        "first_seen": now,
        "last_seen": now,
        "suggestion": suggestion,
    }


def _by_caller(receipts: Sequence[Receipt]) -> list[CallerFeedbackShape]:
    names = sorted({receipt_caller(one) for one in receipts})
    return [_caller_feedback(name, [one for one in receipts if receipt_caller(one) == name]) for name in names]


def _caller_feedback(name: str, receipts: Sequence[Receipt]) -> CallerFeedbackShape:
    expected = sum(len(one.returned) for one in receipts)
    missing = sum(len(one.pending) for one in receipts)
    rate = 1 - missing / expected if expected else 1.0
    client, _, role = name.rpartition(":")
    return {
        "caller_id": name,
        "client": client,
        "role": role,
        "display_name": f"{client} ({role})",
        "rate": round(rate, 4),
        "healthy": rate >= RATED_AT_LEAST,
        "expected": expected,
        "received": expected - missing,
        "missing": missing,
        "retrievals": len(receipts),
    }


def provenance_of(caller_id: str, counts: dict[str, int]) -> CallerProvenanceShape:
    """How much of what a caller stored in a day is said to come from the user."""
    stores, stated = sum(counts.values()), counts.get(Provenance.USER_STATED, 0)
    share = stated / stores if stores else 0.0
    return {
        "caller_id": caller_id,
        "stores": stores,
        "user_stated": stated,
        "user_stated_fraction": round(share, 4),
        "skewed": stores >= SKEW_FROM and share >= SKEWED,
    }
