"""From a ranking to the memories that are shown: successors first, gates, near-duplicates, diversity, budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from accounts.door import Caller
from retrieval.arrays import pipelined, statement
from retrieval.candidates import Found, literals
from retrieval.channels import Step
from retrieval.fusion.pool import Floats, Pool
from retrieval.known import Known, known_of, trusts_of
from retrieval.likeness import NEAR, same_fact
from retrieval.listing import Listing, budgeted, collapsed, diverse, followed, gated
from retrieval.search import Search
from retrieval.traces import Behind

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
# Places of the ranking, for each result, among which near-duplicates and diversity look; bounded both ways.
PER_RESULT, WINDOW, WIDEST = 3, 30, 200


@dataclass(frozen=True, slots=True)
class Selected:
    """The grains that are shown, by number, and what is known of them; `listing` has the whole ranking."""

    listing: Listing
    shown: Sequence[int]
    score: Mapping[int, float]
    known: Mapping[int, Known]
    vectors: Mapping[int, Sequence[float]]
    tokens: int | None = None

    def rest(self, most: int, digits: int) -> Behind:
        """What a cursor pages through: the ranking behind what is shown."""
        numbers, shown = self.listing.numbers, set(self.shown)
        rows = [row for row, number in enumerate(numbers) if number not in shown][:most]
        scores = np.round(np.array([self.listing.scores[row] for row in rows]), digits)
        return Behind([numbers[row] for row in rows], scores.tolist())


def selected(caller: Caller, search: Search, found: Found, listing: Listing, *, vectors: bool) -> Selected:
    """Choose what is shown of a ranking, inside the open door."""
    if found.superseded.any():
        followed(listing, successions(caller, search, found.pool.number[found.superseded].astype(np.int64)))
    if search.gate:
        _gate(caller, search, found, listing)
    wide = min(max(PER_RESULT * search.limit, WINDOW), WIDEST) if search.shape else search.limit
    window = np.array(listing.numbers[:wide], np.int64)
    shaped = search.shape.diversity > 0 or search.shape.collapse
    known, embeddings = known_of(caller, search, window, vectors=vectors or shaped)
    listing.forget([number for number in window.tolist() if number not in known])  # erased meanwhile
    if search.shape.collapse:
        collapsed(listing, _alike(listing, known, embeddings))
    diverse(listing, embeddings, search.shape.diversity, search.limit)
    shown, tokens = [number for number in listing.numbers[: search.limit] if number in known], None
    if search.shape.tokens is not None:
        sizes = {number: one.memory.grain.pieces for number, one in known.items()}
        shown, tokens = budgeted(listing, sizes, search.shape.tokens, search.limit)
    score = dict(zip(listing.numbers, listing.scores, strict=True))
    shown_vectors = {number: embeddings[number].tolist() for number in shown if number in embeddings} if vectors else {}
    return Selected(listing, shown, score, known, shown_vectors, tokens)


def successions(caller: Caller, search: Search, numbers: NDArray[np.int64]) -> dict[int, list[int]]:
    """The visible grains that took the place of these, the latest first; none where none is visible."""
    allowed, params = search.allowed(caller.namespace_id) if search.restricted else ("", ())
    sql = statement("succession").format(
        statuses=literals(search.statuses),
        restriction=statement("restriction").format(allowed=allowed) if allowed else "",
    )
    ns, until = caller.namespace_id, search.as_of or FOREVER
    (rows,) = pipelined([(sql, [ns, numbers, ns, until, ns, until, *params])])
    return {old: later.tolist() for old, later in rows}


def strengths(found: Found, listing: Listing) -> dict[int, float]:
    """The best of each candidate's channels, 0 to 1: cosine, share of the words, share of the exact terms."""
    pool = found.pool
    exact = np.zeros(len(pool)) if pool.exact is None else pool.exact
    best = np.clip(np.max([pool.dense, pool.held, exact], axis=0), 0.0, 1.0) if len(pool) else np.empty(0)
    return _lent(dict(zip(pool.number.tolist(), best.tolist(), strict=True)), listing)


def channels_of(found: Found, chosen: Selected, number: int) -> list[str]:
    """Which channels brought a grain; one that none did came with another: as its successor or its neighbour."""
    channels = {"vector": number in found.by_vector, "fts": number in found.by_words}
    channels |= {name: number in one.steps for name, one in found.reached.items()}
    brought = [name for name, holds in channels.items() if holds]
    return brought or ["successor" if number in chosen.listing.raised else "session"]


def path_of(found: Found, number: int) -> list[Step]:
    """How the graph led to a grain, first step first; none for one that it did not reach."""
    return next((path for one in found.reached.values() if (path := one.path(number))), [])


def row_of(pool: Pool, number: int) -> int | None:
    """A grain's row of the pool, None for one that was brought in later."""
    row = int(np.searchsorted(pool.number, number))
    return row if row < len(pool) and pool.number[row] == number else None


def _gate(caller: Caller, search: Search, found: Found, listing: Listing) -> None:
    gated(listing, search.gate.channel, strengths(found, listing), "min_channel")
    gated(listing, search.gate.score, dict(zip(listing.numbers, listing.scores, strict=True)), "min_score")
    if search.gate.trust > 0 and listing.numbers:
        trusts = trusts_of(caller, np.array(listing.numbers, np.int64), search.moment)
        gated(listing, search.gate.trust, trusts, "min_trust")


def _lent(values: dict[int, float], listing: Listing) -> dict[int, float]:
    """Successors are as strong as what they took the place of."""
    lent = {later: values.get(old, 0.0) for later, old in listing.raised.items()}
    return values | {number: max(value, values.get(number, 0.0)) for number, value in lent.items()}


def _alike(listing: Listing, known: Mapping[int, Known], vectors: Mapping[int, Floats]) -> dict[int, int]:
    """Which memories say what a better-ranked one says; that one does not say what another does."""
    kept: list[int] = []
    alike: dict[int, int] = {}
    for number in (n for n in listing.numbers if n in known and n in vectors):
        near = [one for one in kept if float(vectors[one] @ vectors[number]) >= NEAR]
        same = next((one for one in near if _same(known[one], known[number])), None)
        if same is None:
            kept.append(number)
        else:
            alike[number] = same
    return alike


def _same(one: Known, other: Known) -> bool:
    return same_fact(one.memory.grain, one.memory.content, other.memory.grain, other.memory.content)
