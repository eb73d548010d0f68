"""Our own set: 280 plain facts, asked in other words or by a code, each among lures that share the question's words.

The fused ranking must find at least what either channel finds alone, with the real encoder and no database.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from embedding.backends.onnx_encoder import OnnxEncoder
from embedding.build import ensure_model
from retrieval.calibration import confidence
from retrieval.evaluation.metrics import auroc, mean, ranking_metrics
from retrieval.evaluation.sets import Conversation, conversations
from retrieval.fusion import Pool, fuse
from retrieval.question import Question
from tests.home import HOME
from tests.retrieval.pools import Notes

FACTS = Path(__file__).parent.parent / "data" / "facts.jsonl"
NOISE = (
    "Which treaty ended the Thirty Years' War?",
    "How do I centre a div in CSS?",
    "What is the boiling point of ethanol?",
    "Who scored the winning goal in the 1966 final?",
    "Explain the difference between TCP and UDP.",
    "What is the capital of Mongolia?",
    "How many moons does Jupiter have?",
    "Which enzyme breaks down lactose?",
    "When was the printing press invented?",
    "Translate 'good evening' into Swahili.",
)


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(ensure_model(HOME.root))


@pytest.fixture(scope="module")
def facts() -> Conversation:
    (conversation,) = conversations(FACTS)
    return conversation


@pytest.fixture(scope="module")
def notes(encoder: OnnxEncoder, facts: Conversation) -> Notes:
    texts = [memory.text for memory in facts.memories]
    return Notes(texts, encoder.encode(texts), encoder.count(texts))


Channel = Callable[[Pool, Question], NDArray[np.intp]]


def dense(pool: Pool, question: Question) -> NDArray[np.intp]:
    return np.argsort(-pool.dense, kind="stable")


def lexical(pool: Pool, question: Question) -> NDArray[np.intp]:
    order = np.argsort(-pool.bm25, kind="stable")
    return order[pool.bm25[order] > 0]


def fused(pool: Pool, question: Question) -> NDArray[np.intp]:
    return fuse(pool, question).order


@pytest.fixture(scope="module")
def figures(encoder: OnnxEncoder, facts: Conversation, notes: Notes) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Mean metrics by channel and category."""
    ids = [memory.id for memory in facts.memories]
    vectors = encoder.encode([query.text for query in facts.queries])
    pools = [notes.pool(query.text, vector) for query, vector in zip(facts.queries, vectors, strict=True)]

    def measured(channel: Channel, category: str) -> Mapping[str, float]:
        return mean(
            [
                ranking_metrics([ids[row] for row in channel(pool, question)], query.relevant)
                for query, (pool, question) in zip(facts.queries, pools, strict=True)
                if category in ("all", query.category)
            ]
        )

    return {
        channel.__name__: {category: measured(channel, category) for category in ("all", "paraphrase", "identifier")}
        for channel in (dense, lexical, fused)
    }


def test_the_set_is_large_and_says_nothing_but_facts(facts):
    assert len(facts.memories) >= 200
    assert len(facts.queries) >= 100
    assert all(not memory.author and not memory.session and not memory.occurred_at for memory in facts.memories)


def test_the_set_is_hard_for_each_channel_alone(figures):
    assert figures["dense"]["all"]["mrr"] < 0.75
    assert figures["lexical"]["paraphrase"]["recall@5"] < 0.4


@pytest.mark.parametrize("category", ["all", "identifier"])
@pytest.mark.parametrize("metric", ["recall@5", "recall@10", "mrr"])
@pytest.mark.parametrize("channel", ["dense", "lexical"])
def test_the_fused_ranking_is_not_under_a_channel(figures, channel, metric, category):
    assert figures["fused"][category][metric] >= figures[channel][category][metric] - 1e-9


@pytest.mark.parametrize("metric", ["recall@5", "recall@10"])
def test_questions_in_other_words_lose_nothing_to_lures(figures, metric):
    assert figures["fused"]["paraphrase"][metric] >= figures["dense"]["paraphrase"][metric] - 1e-9


def test_the_figures_do_not_fall(figures):
    assert figures["fused"]["all"]["recall@5"] >= 0.92
    assert figures["fused"]["all"]["mrr"] >= 0.66


def test_confidence_tells_facts_from_noise(encoder, facts, notes):
    asked = [query.text for query in facts.queries]
    sure = [confidence(fuse(*notes.pool(text, v)).facts) for text, v in zip(asked, encoder.encode(asked), strict=True)]
    noise = [confidence(fuse(*notes.pool(text, v)).facts) for text, v in zip(NOISE, encoder.encode(NOISE), strict=True)]
    assert auroc(sure, noise) > 0.93
