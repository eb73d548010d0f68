"""Long texts are cut into slices of the original, between words, with an overlap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedding.backends import Encoder
from embedding.backends.deterministic import DeterministicEncoder

words = DeterministicEncoder()
LONG = " ".join(f"Wörd{n} näïve 😂 café-{n}," for n in range(300))


@pytest.fixture(params=["deterministic", "minilm"])
def encoder(request):
    return words if request.param == "deterministic" else request.getfixturevalue("minilm")


def cut(encoder: Encoder, text: str, size: int, overlap: int) -> list[str]:
    """The slices themselves."""
    return [window.of(text) for window in encoder.windows(text, size, overlap)]


def test_a_text_that_fits_comes_back_whole(encoder):
    assert cut(encoder, "  two words \n", 10, 3) == ["  two words \n"]
    assert cut(encoder, "", 10, 3) == [""]


def test_slices_are_of_the_original_and_within_the_size(encoder):
    slices = cut(encoder, LONG, 100, 20)
    assert len(slices) > 10
    assert all(part in LONG for part in slices)
    assert max(encoder.count(slices)) <= 100


def test_slices_cover_everything_but_space_and_overlap(encoder):
    places = encoder.windows(LONG, 100, 20)
    assert (places[0][0], places[-1][1]) == (0, len(LONG))
    for (_, end), (start, _) in pairwise(places):
        assert start < end
        shared = encoder.count([LONG[start:end]])[0]
        assert 20 <= shared <= 30  # up to a word more than was asked for


def test_without_overlap_nothing_is_told_twice(encoder):
    slices = cut(encoder, LONG, 50, 0)
    assert "".join("".join(part.split()) for part in slices) == "".join(LONG.split())


def test_cuts_fall_between_words(minilm):
    slices = cut(minilm, "antidisestablishmentarianism " * 40, 11, 0)
    assert {word for part in slices for word in part.split()} == {"antidisestablishmentarianism"}


def test_a_word_of_more_pieces_than_a_window_is_cut_through(minilm):
    word = "qwxzjvkpbdgtrmnhfls" * 5
    slices = cut(minilm, f"{word} end", 8, 2)
    assert all(0 < count <= 10 for count in minilm.count(slices))
    assert slices[0] == word[: len(slices[0])]


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (5, 5), (5, 6), (5, -1)])
def test_impossible_sizes_are_refused(encoder, size, overlap):
    with pytest.raises(ValueError, match="overlap"):
        cut(encoder, "a b c", size, overlap)


@given(st.text(max_size=300), st.integers(1, 20), st.integers(0, 19))
def test_every_text_is_cut_without_losing_a_word(text, size, overlap):
    slices = cut(words, text, size, min(overlap, size - 1))
    assert all(part in text for part in slices)
    if len(slices) > 1:
        assert max(words.count(slices)) <= size
    if overlap == 0:
        assert sum(words.count(slices)) == sum(words.count([text]))
