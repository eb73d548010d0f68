"""From many texts one that says all they say: pure functions, no clock, no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from text.facts import Said, covers, said, sentences

JOIN_AT = 0.7  # Jaccard of two sentences' words from which on one may stand for both: memex's
# Least cosine of a summary's windows' mean and its sources'. Measured on LoCoMo, BEAM and made-up facts, 50 sources a
# batch: their own extracts .969 to .996, those of other conversations at most .83. (Flux's .78 is for one sentence.)
DRIFT = 0.85
MOST_BYTES = 24 * 1024  # of a summary: three quarters of what a memory may have


@dataclass(frozen=True, slots=True)
class Source:
    """A text to condense: when it was, and who said it ("" when unknown)."""

    content: str
    day: date
    author: str = ""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A text that says all of the first `taken` sources."""

    text: str
    taken: int


def condense(sources: Sequence[Source], *, join_at: float = JOIN_AT, most_bytes: int = MOST_BYTES) -> Condensed:
    """The sentences of the sources in their order, each said once, under the day they are of.

    A sentence goes when another of the same day and author covers it word by word (text.facts.covers) and their words'
    Jaccard similarity is at least `join_at`. Who said it stands before it when there is more than one author.
    Sources that do not fit in `most_bytes` are not taken.
    """
    named = len({source.author for source in sources}) > 1
    days: dict[date, dict[str, list[Said]]] = {}
    taken = 0
    for source in sources:
        trial = {day: {author: list(held) for author, held in by.items()} for day, by in days.items()}
        _add(trial.setdefault(source.day, {}).setdefault(source.author, []), source.content, join_at)
        if len(_rendered(trial, named=named).encode()) > most_bytes:
            break
        days, taken = trial, taken + 1
    return Condensed(_rendered(days, named=named), taken)


def drift_cosine(summary: NDArray[np.float32], sources: NDArray[np.float32]) -> float:
    """Cosine of the mean of a summary's vectors with that of its sources', read as one text: (passages, dimension)."""
    one, other = summary.mean(axis=0), sources.mean(axis=0)
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def _add(held: list[Said], content: str, join_at: float) -> None:
    for sentence in sentences(content):
        new = said(sentence)
        if any(_joins(one, new, join_at) for one in held):
            continue
        held[:] = [one for one in held if not _joins(new, one, join_at)]
        held.append(new)


def _joins(kept: Said, dropped: Said, join_at: float) -> bool:
    both = len(kept.bag & dropped.bag)
    return bool(both) and both / len(kept.bag | dropped.bag) >= join_at and covers(kept, dropped)


def _rendered(days: dict[date, dict[str, list[Said]]], *, named: bool) -> str:
    return "\n".join(line for day, by in days.items() for line in _day(day, by, named=named))


def _day(day: date, by: dict[str, list[Said]], *, named: bool) -> Iterator[str]:
    yield f"{day.isoformat()}:"
    for author, held in by.items():
        start = f"{author}: " if named and author else ""
        for one in held:
            yield f"{start}{one.text}"
