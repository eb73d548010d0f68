"""What is understood of a question."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.question import ANALYSED_CHARS, MOST_NAME_KEYS, MOST_TERMS, name_keys, names_written, understand
from text.dates import NamedDate
from text.normal import first_word
from text.relative_dates import Span
from text.tokens import TERM_CHARS


def test_the_author_named_leaves_the_embedded_text_and_the_terms():
    question = understand("What did Caroline's sister paint in May 2023?", {"Caroline", "Melanie"})
    assert question.named == "Caroline"
    assert "Caroline" not in question.embedded
    assert question.terms == ("sister", "paint", "may", "2023")
    assert question.dates == (NamedDate(2023, 5),)


def test_two_authors_named_are_both_left_out_and_neither_is_the_one():
    question = understand("When did Caroline meet Melanie?", {"Caroline", "Melanie"})
    assert question.named is None
    assert question.terms == ("meet",)


def test_a_full_name_counts_before_a_shared_first_name():
    question = understand("Where does Ana Silva live?", {"Ana Silva", "Ana Costa"})
    assert question.named == "Ana Silva"
    assert question.terms == ("live",)


def test_a_first_name_that_two_authors_share_names_neither():
    assert understand("Where does Ana live?", {"Ana Silva", "Ana Costa"}).named is None


def test_a_first_name_is_enough_for_one_author():
    assert understand("does ana like tea?", {"Ana Silva"}).named == "Ana Silva"


def test_a_name_inside_a_word_is_no_name():
    assert understand("What is in the banana cake?", {"Ana"}).named is None


def test_roles_are_never_names():
    question = understand("What did the user tell the assistant?", {"user", "assistant"})
    assert question.named is None
    assert "user" in question.terms


def test_a_function_word_is_a_name_only_where_it_is_written_like_one():
    assert understand("What will Will do?", {"Will"}).named == "Will"
    assert understand("What will she do?", {"Will"}).named is None
    assert "will" not in name_keys("Will it rain, and will it snow?")
    assert name_keys("what does Will drink") == ["will", "drink"]


def test_a_question_of_names_alone_is_searched_as_it_is():
    question = understand("Caroline?", {"Caroline"})
    assert question.embedded == "Caroline?"
    assert question.terms == ("carolin",)


def test_an_author_is_asked_as_you_since_that_is_how_others_ask_them():
    assert understand("Where did Caroline move from?", {"Caroline"}).embedded == "Where did you move from?"
    assert understand("What is Caroline's job?", {"Caroline"}).embedded == "What is your job?"
    assert understand("What would Ana\u2019s sister say?", {"Ana"}).embedded == "What would your sister say?"
    assert understand("Where does Bo live?", {"Caroline"}).embedded == "Where does Bo live?"


def test_the_one_who_is_asked_so_is_not_taken_for_the_assistant():
    assert not understand("What does Ana paint?", {"Ana"}).about_you
    assert understand("What would Ana be likely to study?", {"Ana"}).embedded == "What would you be likely to study?"


def test_a_name_that_is_all_over_the_namespace_tells_nothing_apart():
    question = understand("What did Caroline paint?", common={"caroline"})
    assert question.embedded == "What did you paint?"
    assert question.terms == ("paint",)
    assert question.named is None


def test_a_place_is_not_asked_as_you_and_still_looked_for_by_its_name():
    common = {"graz", "caroline"}
    assert understand("Who hid a compass in Graz?", common=common).terms == ("hid", "compass", "graz")
    assert understand("Who hid a compass in Graz?", common=common).embedded == "Who hid a compass in ?"
    assert understand("What does Graz's mayor want?", common=common).embedded == "What does your mayor want?"
    assert understand("Who saw Caroline near Graz?", common=common).embedded == "Who saw you near ?"


def test_a_common_name_alone_is_searched_for():
    assert understand("Who is Caroline?", common={"caroline"}).terms == ("carolin",)


def test_a_common_word_that_is_not_written_like_a_name_stays():
    assert "set" in understand("How do I set it?", common={"set"}).embedded
    assert "USA" in understand("Who went to the USA?", common={"usa"}).embedded
    assert names_written("Did Ana and NASA set E-4417 for Bo?") == {"ana", "bo"}


def test_name_keys_are_first_words_as_authors_are_stored():
    assert name_keys("Did Élodie's brother call Jean-Luc?") == ["élodie", "brother", "call", "jean-luc"]
    assert first_word("Jean-Luc Picard") in name_keys("Did Élodie's brother call Jean-Luc?")


def test_name_keys_are_each_once_and_bounded():
    assert name_keys("tea tea Tea") == ["tea"]
    assert len(name_keys(" ".join(f"w{n}" for n in range(500)))) == MOST_NAME_KEYS


@pytest.mark.parametrize("query", ["When did it break?", "What year was that?", "How long does it take?"])
def test_a_when_question_is_seen(query):
    assert understand(query).asks_when


@pytest.mark.parametrize("query", ["How many bikes are there?", "How much is the rent?", "what percentage was it"])
def test_a_count_question_is_seen(query):
    assert understand(query).asks_count


def test_a_plain_question_asks_neither():
    question = understand("Where is the key?")
    assert not question.asks_when
    assert not question.asks_count


@pytest.mark.parametrize("query", ["What did Ana paint?", "Has she been to Oslo?", "Where have you lived?"])
def test_a_question_about_what_was_is_seen(query):
    assert understand(query).asks_past


@pytest.mark.parametrize("query", ["What does Ana paint?", "How many cats does she have?", "Where is the key?"])
def test_a_question_about_what_is_asks_no_past(query):
    assert not understand(query).asks_past


@pytest.mark.parametrize(
    "query",
    [
        "What books has Ana read?",
        "Which old French films are there?",
        "In which cities does Bo have friends?",
        "What are the names of her cats?",
        "where has Ana been",
        "How many races did she run?",
        "What do they both like?",
    ],
)
def test_a_question_for_several_memories_is_seen(query):
    assert understand(query).asks_several


@pytest.mark.parametrize(
    "query",
    [
        "What is Ana's job?",
        "What does Ana do?",
        "Which bus goes there?",
        "What class did she take?",
        "What was it?",
        "Who says so?",
        "When did the lights go out?",
        "What colour are the walls?",
    ],
)
def test_a_question_for_one_memory_asks_for_no_others(query):
    assert not understand(query).asks_several


@pytest.mark.parametrize(
    "query", ["Summarise our plans", "Give me an overview of the trip", "Can you sum up the call?"]
)
def test_a_summary_is_seen(query):
    assert understand(query).asks_summary
    assert not understand("What is the sum of it?").asks_summary


def test_a_question_about_the_assistant_is_told_from_one_put_to_it():
    assert understand("What did you recommend for the patio?").about_you
    assert understand("Which book did I show you?").about_you
    assert not understand("Can you list the paint colours?").about_you


def test_codes_numbers_and_names_are_exact_and_other_words_are_not():
    question = understand("Why does the press show E-4417 when Marta sets FLUSH_DELAY to nine?")
    assert question.exact == {"=e-4417", "e", "4417", "marta", "=flush_delay", "flush", "delay"}
    assert {"press", "show", "set"} <= set(question.terms) - question.exact


def test_an_identifier_is_searched_for_whole_and_exact():
    question = understand("Which release fixed src/auth/login.py, 2.14.1?")
    assert {"=src/auth/login.py", "=2.14.1"} <= question.exact
    assert question.exact <= set(question.terms)


def test_a_relative_date_needs_to_know_the_day():
    assert understand("What did I buy yesterday?").spans == ()
    spans = understand("What did I buy yesterday?", today=date(2026, 3, 6)).spans
    assert spans == (Span(date(2026, 3, 5), date(2026, 3, 5)),)


def test_the_first_word_is_not_exact_for_its_capital():
    assert understand("Where are the keys?").exact == frozenset()


def test_asides_are_neither_embedded_nor_searched_for():
    question = understand("Can you list the order in which the rooms were painted?")
    assert question.embedded == "the rooms were painted"
    assert question.terms == ("room", "paint")


@pytest.mark.parametrize(
    "query",
    [
        "Which paint did I buy?",
        "When is the fair?",
        "How many cups are there?",
        "Summarize my trips",
        "What I told Bo about",
    ],
)
def test_a_question_may_look_back(query):
    assert understand(query).looks_back


@pytest.mark.parametrize("query", ["Which paint should I buy?", "Suggest a fair", "How do I brew tea?", ""])
def test_or_ask_for_advice(query):
    assert not understand(query).looks_back


def test_terms_are_distinct_and_bounded():
    question = understand(" ".join(f"w{n} tea" for n in range(500)))
    assert len(question.terms) == MOST_TERMS
    assert len(set(question.terms)) == MOST_TERMS


def test_only_the_beginning_of_a_pasted_text_is_read():
    assert len(understand("a " * 20_000).text) <= ANALYSED_CHARS


def test_any_language_is_understood():
    assert "大学" in understand("東京大学はどこですか").terms
    assert understand("Где живёт Анна?", {"Анна"}).named == "Анна"


@given(st.text(st.characters(exclude_categories=()), max_size=300), st.sets(st.text(max_size=12), max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_question_raises(query, names):
    question = understand(query, names)
    assert question.named is None or question.named in names
    assert question.exact <= set(question.terms)
    assert all(len(term) <= TERM_CHARS for term in question.terms)
    assert all(name_keys(query))


@given(st.text(max_size=60), st.text(st.characters(categories=["L"]), min_size=1, max_size=10))
@settings(max_examples=200, deadline=None)
def test_every_author_that_is_found_could_be_looked_up(query, name):
    if understand(query, {name}).named:
        assert first_word(name) in name_keys(query)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "what ",
        "?",
        "you ",
        "mention only ",
        "20",
        "may ",
        "in my ",
        "\n",
        "of the ",
        "1 ",
        "Ana ",
        "'s",
        "-a",
    ],
)
def test_no_long_question_is_slow(piece):
    query = piece * (32_768 // len(piece))
    started = time.thread_time()
    understand(query, {"Ana", "a", "mention"})
    name_keys(query)
    assert time.thread_time() - started < 1  # a rule that goes back for each word takes far longer
