"""Dates as seen from a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.relative_dates import MOST_SPANS, Span, spans_named

FRIDAY = date(2026, 3, 6)


def day(month: int, number: int) -> Span:
    return Span(date(2026, month, number), date(2026, month, number))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("What did I do yesterday?", day(3, 5)),
        ("the day before yesterday", day(3, 4)),
        ("Who called today?", day(3, 6)),
        ("What is on tomorrow?", day(3, 7)),
        ("What happened last Tuesday?", day(3, 3)),
        ("Who came on Friday?", day(2, 27)),
        ("What is next Friday?", day(3, 13)),
        ("Where do I go this Sunday?", day(3, 8)),
        ("What did we eat last week?", Span(date(2026, 2, 23), date(2026, 3, 1))),
        ("this weekend", Span(date(2026, 3, 7), date(2026, 3, 8))),
        ("the budget of last month", Span(date(2026, 2, 1), date(2026, 2, 28))),
        ("next month", Span(date(2026, 4, 1), date(2026, 4, 30))),
        ("Where was I last year?", Span(date(2025, 1, 1), date(2025, 12, 31))),
        ("two days ago", day(3, 4)),
        ("a week ago", Span(date(2026, 2, 24), date(2026, 3, 2))),
        ("a couple of weeks ago", Span(date(2026, 2, 17), date(2026, 2, 23))),
        ("in the last 10 days", Span(date(2026, 2, 24), FRIDAY)),
        ("over the past month", Span(date(2026, 2, 4), FRIDAY)),
    ],
)
def test_a_relative_date_is_read_from_the_day_it_is_asked(text, span):
    assert spans_named(text, FRIDAY) == (span,)


@pytest.mark.parametrize("text", ["Where is the key?", "It lasted a year.", "Fridays are busy", "the last one", ""])
def test_other_words_are_no_date(text):
    assert spans_named(text, FRIDAY) == ()


def test_january_is_last_month_of_february_and_december_of_january():
    assert spans_named("last month", date(2026, 1, 31)) == (Span(date(2025, 12, 1), date(2025, 12, 31)),)
    assert spans_named("next month", date(2025, 12, 31)) == (Span(date(2026, 1, 1), date(2026, 1, 31)),)


def test_dates_are_bounded():
    assert len(spans_named(" ".join(f"{n} days ago" for n in range(1, 50)), FRIDAY)) == MOST_SPANS


@given(
    st.from_regex(r"(last|next|this|on|in the last|\d{1,3}) (week|year|friday|999 years|days ago)", fullmatch=True),
    st.dates(),
)
def test_no_day_and_no_text_raises(text, today):
    assert all(span.first <= span.last for span in spans_named(text, today))
