"""Dates that a text names."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.dates import MOST_DATES, NamedDate, dates_named


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("What happened on 7 May 2023?", NamedDate(2023, 5, 7)),
        ("on May 7th, 2023", NamedDate(2023, 5, 7)),
        ("on the 7th of May", NamedDate(None, 5, 7)),
        ("on 2023-05-07", NamedDate(2023, 5, 7)),
        ("in 2023-05", NamedDate(2023, 5)),
        ("in May", NamedDate(None, 5)),
        ("in May 2023", NamedDate(2023, 5)),
        ("what did she plan for October", NamedDate(None, 10)),
        ("on Sept. 3", NamedDate(None, 9, 3)),
        ("since 2019", NamedDate(2019)),
    ],
)
def test_a_date_is_read(text, date):
    assert dates_named(text) == (date,)


@pytest.mark.parametrize(
    "text",
    ["may I ask", "what may happen", "2023-13-01", "pay $2000", "1,999 steps", "42", "room 20231", "2000%"],
)
def test_what_is_no_date_is_not(text):
    assert dates_named(text) == ()


def test_a_year_named_once_holds_for_all_dates():
    assert dates_named("between May 3 and June 2, 2022") == (NamedDate(2022, 5, 3), NamedDate(2022, 6, 2))


def test_two_years_stay_with_their_months():
    assert dates_named("May 2021 and June 2022") == (NamedDate(2021, 5), NamedDate(2022, 6))


def test_a_date_said_twice_is_one():
    assert dates_named("in June, yes, in June") == (NamedDate(None, 6),)


def test_a_log_full_of_dates_is_bounded():
    assert len(dates_named(" ".join(f"2023-01-{day:02}" for day in range(1, 29)))) == MOST_DATES


@given(st.text(st.sampled_from("0123456789- ,.mayjune/of"), max_size=120))
def test_every_date_is_in_range(text):
    for date in dates_named(text):
        assert date.month is None or 1 <= date.month <= 12
        assert date.day is None or 1 <= date.day <= 31


@pytest.mark.parametrize("piece", ["1 ", "may ", "in may ", "2023-", "20", "1st of ", "june,"])
def test_no_long_text_is_slow(piece):
    started = time.process_time()
    dates_named(piece * (32_768 // len(piece)))
    assert time.process_time() - started < 0.5
