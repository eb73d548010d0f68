"""Search terms: any language, English stemmed, nothing raises."""

import threading
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from text.tokens import STOP_WORDS, TERM_CHARS, terms


def test_english_words_meet_by_their_stems():
    assert terms("She was cycling") == terms("she cycles")


def test_function_words_and_what_apostrophes_leave_are_no_terms():
    assert terms("I'm sure you'll say we've not been there, don't you?") == ["sure", "say"]


def test_a_possessive_is_its_owner():
    assert terms("Caroline's dog and Melanie’s cat") == terms("Caroline dog and Melanie cat")


def test_a_quotation_mark_before_an_s_is_no_possessive():
    assert terms("the 'string' type") == ["string", "type"]


def test_numbers_and_codes_are_kept():
    assert terms("safe code 4711, plate KJ-77-PL") == ["safe", "code", "4711", "plate", "kj", "77", "pl"]


def test_repeats_are_kept_in_order_for_counting():
    assert terms("tea, coffee, tea") == ["tea", "coffe", "tea"]


def test_width_case_and_ligatures_do_not_matter():
    assert terms("ＦＩＬＥ ﬁle STRASSE straße") == terms("file file strasse strasse")


def test_a_word_inside_a_japanese_sentence_is_found():
    sentence = terms("私は東京大学の学生です")
    assert set(terms("大学")) <= set(sentence)
    assert "東京" in sentence
    assert "京" in sentence


def test_korean_and_chinese_are_pairs_and_characters():
    assert terms("비가") == ["비", "가", "비가"]
    assert terms("海鲜") == ["海", "鲜", "海鲜"]


def test_a_word_that_mixes_scripts_is_cut_where_they_meet():
    assert "iphone15" in terms("iPhone15を買った")


def test_vowel_signs_stay_in_their_words():
    assert terms("मुझे चाय पसंद है") == ["मुझे", "चाय", "पसंद", "है"]


def test_russian_words_are_kept_whole():
    assert terms("Я люблю пироги") == ["я", "люблю", "пироги"]


def test_long_runs_are_cut():
    assert terms("ab" * 20_000) == ["ab" * (TERM_CHARS // 2)]


def test_stop_words_alone_are_nothing():
    assert terms(" ".join(sorted(STOP_WORDS))) == []


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_raises_and_every_term_is_short(text):
    assert all(1 <= len(term) <= TERM_CHARS for term in terms(text))


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_a_line_adds_its_own_terms_and_changes_no_others(one, other):
    assert terms(f"{one}\n{other}") == terms(one) + terms(other)


def test_threads_get_the_same_terms():
    text = "running dogs were happily chasing the neighbours' cats " * 50
    expected = terms(text)
    found: list[bool] = []

    def work() -> None:
        found.extend(terms(text) == expected for _ in range(50))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 200
    assert all(found)


def test_a_term_costs_microseconds():
    text = "The reviewers were asked whether seventeen migrations had been applied to staging twice. " * 300
    terms(text)
    started = time.process_time()
    count = len(terms(text))
    assert (time.process_time() - started) / count < 20e-6
