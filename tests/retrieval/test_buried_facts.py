"""A fact late in a document of 2,000 words, behind what the encoder reads of a whole text, among short notes."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embedding.backends.onnx_encoder import OnnxEncoder
from embedding.build import ensure_model
from retrieval.evaluation.sets import conversations
from retrieval.fusion import fuse
from retrieval.fusion.weights import WINDOW_DISCOUNT
from tests.home import HOME
from tests.retrieval.pools import Notes

FACTS = Path(__file__).parent.parent / "data" / "facts.jsonl"
DOCUMENTS = 16
WORDS = 2_000
WINDOW, OVERLAP = 200, 40  # word pieces, as the write side cuts them
ITEMS = ("budget", "schedule", "hiring plan", "audit", "roadmap", "test report", "merger", "archive", "training")
VERBS = ("was reviewed", "will be postponed", "needs a second reading", "was approved", "is still open", "was split")
TAILS = ("by the committee", "before the quarter ends", "for lack of time", "as agreed in spring", "by both teams")


def minutes(dice: random.Random) -> list[str]:
    """Sentences of a dull protocol, WORDS words of them."""
    lines: list[str] = []
    while sum(len(line.split()) for line in lines) < WORDS:
        item, verb, tail = dice.choice(ITEMS), dice.choice(VERBS), dice.choice(TAILS)
        lines.append(f"Item {dice.randint(1, 99)}: the {item} {verb} {tail}.")
    return lines


def buried(category: str) -> tuple[list[str], list[str]]:
    """Documents with a fact each, then notes that are lures; and the question of each document."""
    (facts,) = conversations(FACTS)
    texts = {memory.id: memory.text for memory in facts.memories}
    dice = random.Random(5)
    chosen = dice.sample([query for query in facts.queries if query.category == category], DOCUMENTS)
    documents = []
    for query in chosen:
        lines = minutes(dice)
        lines.insert(dice.randint(len(lines) // 2, len(lines)), texts[next(iter(query.relevant))])
        documents.append(" ".join(lines))
    asked = {next(iter(query.relevant)) for query in facts.queries}
    return documents + [text for id_, text in texts.items() if id_ not in asked], [query.text for query in chosen]


def found(category: str) -> tuple[int, int]:
    """Questions whose document is among the first five, with windows and without."""
    texts, queries = buried(category)
    encoder = OnnxEncoder(ensure_model(HOME.root))
    notes = Notes(texts, encoder.encode(texts), encoder.count(texts))
    vectors = encoder.encode(queries)
    none = np.full((len(queries), len(texts)), -1.0, np.float32)
    windows = none.copy()
    for place, text in enumerate(texts[:DOCUMENTS]):
        parts = encoder.encode([window.of(text) for window in encoder.windows(text, WINDOW, OVERLAP)[1:]])
        windows[:, place] = (vectors @ parts.T).max(axis=1)
    return _hits(notes, queries, vectors, windows), _hits(notes, queries, vectors, none)


def _hits(notes: Notes, queries: list[str], vectors: NDArray[np.float32], windows: NDArray[np.float32]) -> int:
    places = []
    for place, (query, vector) in enumerate(zip(queries, vectors, strict=True)):
        pool, question = notes.pool(query, vector)
        nearest = replace(pool, dense=np.maximum(pool.dense, windows[place] - WINDOW_DISCOUNT))
        places.append(fuse(nearest, question).order.tolist().index(place))
    return sum(place < 5 for place in places)


@pytest.mark.slow
def test_windows_find_what_the_whole_text_does_not_show() -> None:
    with_windows, without = found("paraphrase")
    assert with_windows >= without + 3  # 5 against 1: the lures are short and share the questions' words


@pytest.mark.slow
def test_a_buried_code_is_found() -> None:
    with_windows, without = found("identifier")
    assert with_windows >= 14
    assert with_windows >= without
