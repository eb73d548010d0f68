"""Normal forms of text, and what cannot be stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.normal import first_word, folded, holds_nul, holds_surrogate, normal, plain_word, unstorable


def test_stored_text_is_composed():
    assert normal("Cafe\u0301") == "Café"


def test_nul_and_lone_surrogates_cannot_be_stored():
    assert holds_nul("a\0b")
    assert holds_surrogate("a\ud800b")
    assert unstorable("a\0b")
    assert unstorable("\udfff")


def test_emoji_and_ascii_can_be_stored():
    assert not unstorable("plain")
    assert not unstorable("😀 naïve")


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_storable_encodes(text):
    if not unstorable(text):
        assert text.encode().decode() == text
        assert "\0" not in text


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normal(normal(text)) == normal(text)


def test_folding_ignores_case_and_width():
    assert folded("ＣＡＦÉ Straße") == folded("café STRASSE")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Caroline", "caroline"),
        ("Ana Silva", "ana"),
        ("Ana's phone", "ana"),
        ("Jean-Luc Picard", "jean-luc"),
        ("O'Brien", "o'brien"),
        ("  Élodie", "élodie"),
        ("田中 太郎", "田中"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_the_first_word_of_a_name_is_how_it_is_looked_up(name, word):
    assert first_word(name) == word


def test_a_possessive_is_looked_up_like_its_owner():
    assert plain_word("Caroline’s") == "caroline"
