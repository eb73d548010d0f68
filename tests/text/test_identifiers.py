"""What has one spelling is found whole."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.identifiers import LONGEST, MARK, MOST_IDENTIFIERS, hump_terms, identifiers, posted
from text.tokens import terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.org/a?b=1.", ["https://example.org/a?b=1"]),
        ("Write to ana.silva@example.org!", ["ana.silva@example.org"]),
        ("It is in /etc/nginx/nginx.conf, is it?", ["etc/nginx/nginx.conf"]),
        ("Look at src/auth/login.py.", ["src/auth/login.py"]),
        ("We run 2.14.1 on 10.0.0.12", ["2.14.1", "10.0.0.12"]),
        ("MAX_RETRIES and max_age", ["max_retries", "max_age"]),
        ("call getUserName() first", ["getusername"]),
        ("os.path.join(a, b)", ["os.path.join"]),
        ("The press shows E-4417.", ["e-4417"]),
        ("commit 9f3c2ab1 broke it", ["9f3c2ab1"]),
        ("id 123e4567-e89b-12d3-a456-426614174000", ["123e4567-e89b-12d3-a456-426614174000"]),
    ],
)
def test_an_identifier_is_found_whole(text, found):
    assert identifiers(text) == [MARK + one for one in found]


@pytest.mark.parametrize("text", ["Ana likes tea.", "He said 42 and left", "well-known words", "東京大学", "", "..."])
def test_words_are_no_identifiers(text):
    assert identifiers(text) == []


def test_the_words_of_a_camel_case_name_are_searched_too():
    assert hump_terms("getUserNames") == ["get", "user", "name"]
    assert {"get", "user", "name"} <= set(posted("Why does getUserNames fail?"))


def test_plain_text_is_posted_by_its_terms_alone():
    assert posted("Ana likes green tea.") == terms("Ana likes green tea.")


def test_an_identifier_is_not_a_word():
    assert not set(identifiers("E-4417 and 2.14.1")) & set(terms("E-4417 and 2.14.1"))


@given(st.text(max_size=300))
def test_identifiers_are_bounded_and_posted_the_same_way_twice(text):
    found = identifiers(text)
    assert len(found) <= MOST_IDENTIFIERS
    assert all(one.startswith(MARK) and len(one) <= LONGEST + 1 for one in found)
    assert posted(text) == posted(text)


@pytest.mark.parametrize("piece", ["a.", "/a", "a_", "a-1", "aB", "0a", "://", "\\", "1.", "@a", "-"])
def test_no_long_text_is_slow(piece):
    text = piece * (32_768 // len(piece))
    started = time.process_time()
    posted(text)
    assert time.process_time() - started < 1.0
