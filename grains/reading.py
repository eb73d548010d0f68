"""What the write side reads out of a text before it is stored: passages, postings, flags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embedding import embed, encoder
from embedding.windows import Window
from text.cues import memory_flags
from text.identifiers import posted

WHOLE = 256  # word pieces of the first passage: the encoder's window
WINDOW, OVERLAP = 200, 40  # word pieces of the passages behind it
# A short turn is understood with the turn before it (facts measured on LoCoMo and BEAM dev: .783 -> .811 recall@10).
CONTEXT_SHARE = 0.45
CONTEXT_PIECES, PREVIOUS_PIECES = 96, 160
# A text says at its beginning what it is about: the vector of its first LEAD word pieces is mixed into that of a text
# of more than LEAD_FROM that has no context.
LEAD, LEAD_FROM, LEAD_SHARE = 32, 48, 0.3
POSTED_TF = 32_767  # SMALLINT


@dataclass(frozen=True, slots=True)
class Previous:
    """The turn before a memory in its session."""

    number: int
    content: str
    pieces: int


@dataclass(frozen=True, slots=True)
class Text:
    """A memory's content with what gives it meaning."""

    content: str
    author: str
    previous: Previous | None = None
    own_vector: Sequence[float] | None = None  # of ciphertext: it is all that is read of it
    parts: Sequence[str] = ()  # what its passages behind the first are of, where windows by length would blur it


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the tables hold it. `vectors` is (passages, dimension); the first row is the whole text.

    `windows` are where the others stand in the content; none for parts that are of other texts.
    """

    content: str
    pieces: int
    words: int
    flags: int
    counts: dict[str, int]
    vectors: NDArray[np.float32]
    context_number: int | None
    windows: Sequence[Window] = ()


def counted(texts: Sequence[str]) -> list[int]:
    """Word pieces of each text, not truncated."""
    return encoder().count(texts)


def counts_of(content: str) -> dict[str, int]:
    """How often a text has each of its terms, as postings hold it."""
    return {term: min(n, POSTED_TF) for term, n in Counter(posted(content)).items()}


def words_of(counts: Mapping[str, int]) -> int:
    """The length of a text in terms, as postings hold it."""
    return min(sum(counts.values()), POSTED_TF)


def read(texts: Sequence[Text], *, scope: str) -> list[Reading]:
    """Read texts in one embedding batch. `scope` keeps the vector cache apart by namespace."""
    pieces = counted([text.content for text in texts])
    plans = [_plan(text, size) for text, size in zip(texts, pieces, strict=True)]
    vectors = embed([part for plan in plans for part in plan.parts], scope=scope, operation="store")
    readings, at = [], 0
    for text, size, plan in zip(texts, pieces, plans, strict=True):
        own = vectors[at : at + len(plan.parts)]
        at += len(plan.parts)
        readings.append(_reading(text, size, plan, own))
    return readings


@dataclass(frozen=True, slots=True)
class _Plan:
    parts: list[str]  # what is embedded: the text, then its windows, or the text in its context
    context: Previous | None
    led: bool = False  # the second part is the beginning of the text
    windows: Sequence[Window] = ()  # that the last parts are


def _plan(text: Text, pieces: int) -> _Plan:
    if text.own_vector is not None:
        return _Plan([], None)
    if text.parts:
        return _Plan([text.content, *text.parts], None)
    previous = text.previous
    if previous and pieces <= CONTEXT_PIECES and previous.pieces <= PREVIOUS_PIECES:
        return _Plan([text.content, f"{previous.content}\n{text.content}"], previous)
    led = pieces > LEAD_FROM
    parts = [text.content]
    if led:
        parts.append(encoder().windows(text.content, LEAD, 0)[0].of(text.content))
    # The whole has the first window in it.
    windows = encoder().windows(text.content, WINDOW, OVERLAP)[1:] if pieces > WHOLE else []
    return _Plan([*parts, *(window.of(text.content) for window in windows)], None, led=led, windows=windows)


def _reading(text: Text, pieces: int, plan: _Plan, own: NDArray[np.float32]) -> Reading:
    if text.own_vector is not None:
        return Reading(text.content, 0, 0, 0, {}, np.array([text.own_vector], np.float32), None)
    if plan.context or plan.led:  # one vector: inner products are linear
        share = CONTEXT_SHARE if plan.context else LEAD_SHARE
        mixed = ((1 - share) * own[:1] + share * own[1:2]).astype(np.float32)
        own = np.concatenate([mixed, own[2:]])
    counts = counts_of(text.content)
    return Reading(
        content=text.content,
        pieces=pieces,
        words=words_of(counts),
        flags=memory_flags(text.content, text.author),
        counts=counts,
        vectors=own,
        context_number=plan.context.number if plan.context else None,
        windows=plan.windows,
    )
