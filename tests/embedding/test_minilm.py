"""The real model: its vectors mean something, stay near fp32's, and depend on nothing but the text."""

import random
import statistics
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product

import numpy as np
import pytest

from embedding.artefact import open_artefact
from embedding.backends.onnx_encoder import BATCH, BATCH_TOKENS, PADDING, _batches, open_session, run
from embedding.calibration import calibration_texts
from embedding.measure import accuracy, cpu_milliseconds
from embedding.minilm import DIMENSION, MAX_TOKENS

NEIGHBOURS = [
    ("Where does my sister live?", "Leila moved to Lisbon last spring", "The invoice is due on Friday"),
    ("food I must not eat", "The user is allergic to peanuts", "The user likes hiking in the Alps"),
    ("How do I restart the service?", "Run systemctl restart nginx", "The cat sleeps on the sofa"),
    ("When is the dentist appointment?", "Teeth cleaning is booked for 3 pm on Monday", "Rust has no nulls"),
]


def varied_sentences(count: int) -> list[str]:
    """Texts that calibration has never seen, 3 to some 250 word pieces long."""
    who = ("A plumber", "Professor Ngata", "My cousin", "The release manager", "Yuki", "An old client", "He")
    did = ("postponed", "photographed", "cannot stand", "sold", "recommended", "translated", "is scared of")
    what = ("the lighthouse", "a used trumpet", "three contracts", "spiders", "chapter 9", "our CI pipeline")
    when = ("in February", "after lunch", "twice", "before the election", "since 2011", "at dawn", "for free")
    shapes = ("{}.", "Did you know that {}?", "user: {} :-)", "TODO({}): check!", "« {} », dit-elle.", "{}")
    dice = random.Random(7)
    plain = [" ".join(parts) for parts in product(who, did, what, when)]
    dice.shuffle(plain)
    long = (". ".join(dice.sample(plain, dice.randint(5, 22))) for _ in range(count // 10))
    short = (dice.choice(shapes).format(text) for text in plain)
    return [*long, *islice(short, count - count // 10)]


def test_what_means_the_same_is_nearer_than_what_does_not(minilm):
    for query, related, unrelated in NEIGHBOURS:
        asked, near, far = minilm.encode([query, related, unrelated])
        assert asked @ near > asked @ far + 0.1


def test_int8_stays_near_fp32(model_folder):
    texts = varied_sentences(300)
    assert not set(texts) & set(calibration_texts())
    found = accuracy(model_folder, texts)
    assert found.mean >= 0.99
    assert found.first_percentile >= 0.97


@pytest.mark.slow
def test_int8_stays_near_fp32_over_a_thousand_texts(model_folder):
    found = accuracy(model_folder, varied_sentences(1000))
    assert found.mean >= 0.995
    assert found.first_percentile >= 0.99


def test_a_vector_does_not_depend_on_the_texts_around_it(minilm):
    texts = varied_sentences(40)
    together = minilm.encode(texts)
    alone = np.concatenate([minilm.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-6


def test_padding_is_masked(minilm, model_folder):
    session = open_session(open_artefact(model_folder).model)
    ids = [101, 7592, 2088, 102]
    alone = run(session, [ids])[0]
    padded = run(session, [ids, [101, *[2000] * 60, 102]])[0]
    unmasked = session.run(
        ["embedding"],
        {"input_ids": np.array([ids + [0] * 58]), "attention_mask": np.ones((1, 62), np.int64)},
    )[0][0]
    assert alone @ padded > 0.999999
    assert alone @ unmasked < 0.99


def test_order_is_kept_when_lengths_differ(minilm):
    texts = [("word " * length).strip() for length in (90, 1, 200, 3, 50, 2)] * (BATCH // 2)
    vectors = minilm.encode(texts)
    for row in (0, 1, 2, 3, 4, 5, len(texts) - 1):
        assert vectors[row] @ minilm.encode([texts[row]])[0] > 0.999999


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "日本語", "😂👍🏽", "e\u0301", "\x00nul", "lone \ud800", "ﷺ" * 50, "x" * 200_000],
)
def test_every_text_has_a_unit_vector(minilm, text):
    vectors = minilm.encode([text])
    assert vectors.shape == (1, DIMENSION)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_batches_are_small_and_hold_texts_of_like_length():
    lengths = random.Random(5).choices(range(2, MAX_TOKENS + 1), k=500) + [13] * 40
    batches = list(_batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[row] for row in batch)
        assert len(batch) <= BATCH
        assert padded <= BATCH_TOKENS
        assert padded <= PADDING * sum(lengths[row] for row in batch)
    assert [len(batch) for batch in _batches([13] * 40)] == [16, 16, 8]


def test_no_texts_give_no_vectors(minilm):
    assert minilm.encode([]).shape == (0, DIMENSION)
    assert minilm.count([]) == []


def test_what_exceeds_the_window_is_not_read(minilm):
    head = "alpha " * (MAX_TOKENS - 2)
    whole, cut, other = minilm.encode([head + "and much more " * 9000, head, head[: len(head) // 2]])
    assert np.array_equal(whole, cut)
    assert not np.array_equal(whole, other)


def test_counts_are_of_the_whole_text_without_special_tokens(minilm):
    assert minilm.count(["hello world", "unbelievably", "", "word " * 1000]) == [2, 5, 0, 1000]


def test_threads_may_encode_at_once(minilm):
    texts = varied_sentences(64)
    expected = minilm.encode(texts)
    with ThreadPoolExecutor(8) as pool:
        found = np.concatenate(list(pool.map(lambda text: minilm.encode([text]), texts)))
    assert np.abs(found - expected).max() < 1e-6


def test_a_cpu_without_vnni_computes_the_same_vectors(model_folder):
    path = open_artefact(model_folder).model
    ids = [[101, *range(2000 + 7 * n, 2020 + 7 * n), 102] for n in range(4)]
    usual = run(open_session(path, saturates=False), ids)
    careful = run(open_session(path, saturates=True), ids)
    assert np.abs(usual - careful).max() < 1e-5


def test_the_name_fits_a_passage(minilm):
    assert 0 < len(minilm.name) <= 64
    assert minilm.dimension == DIMENSION


def test_twenty_tokens_cost_at_most_four_milliseconds(model_folder):
    """The best of three medians: other processes may share the machine."""
    session = open_session(open_artefact(model_folder).model)
    best = min(cpu_milliseconds(session, 20, calls=50) for _ in range(3))
    assert best <= 4


def test_a_run_keeps_to_the_calling_thread(minilm):
    """No pool, no spinning: wall time and the thread's own CPU are all there is."""
    import time

    spent = []
    for _ in range(20):
        process, thread = time.process_time(), time.thread_time()
        minilm.encode(["a sentence of a few words"] * 4)
        spent.append((time.process_time() - process) - (time.thread_time() - thread))
    assert statistics.median(spent) < 0.001
