"""The backend of unit tests: near means shared words, and nothing else."""

import numpy as np
import pytest

from embedding.backends.deterministic import DeterministicEncoder

encoder = DeterministicEncoder()


def test_texts_that_share_words_are_near_and_others_are_not():
    cat, kitten, tax = encoder.encode(["the cat sleeps on the sofa", "the cat sleeps", "quarterly tax return"])
    assert cat @ kitten > 0.6
    assert abs(cat @ tax) < 0.2


def test_the_same_vectors_come_out_on_every_machine():
    vector = encoder.encode(["tea"])[0]
    signs = "".join("+" if number > 0 else "-" for number in vector[:16])
    assert signs == "++-+--+++--++++-"


@pytest.mark.parametrize("text", ["", "   ", "?!", "日本語のテキスト", "😂", "lone \ud800 surrogate", "x" * 100_000])
def test_every_text_has_a_unit_vector(text):
    vectors = encoder.encode([text])
    assert vectors.shape == (1, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_case_does_not_matter_but_counts_do():
    plain, upper, twice = encoder.encode(["tea cup", "TEA Cup", "tea tea tea cup"])
    assert np.array_equal(plain, upper)
    assert 0.8 < plain @ twice < 0.99


def test_it_counts_words_and_marks():
    assert encoder.count(["Hello, world!", ""]) == [4, 0]
