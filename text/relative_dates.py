"""Dates that a text names as seen from a day: yesterday, last Tuesday, two weeks ago, in the last month. English."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

MOST_SPANS = 4  # a question names one or two

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: n for n, word in enumerate(_WORDS, 1)} | {"a": 1, "an": 1, "couple": 2, "few": 3}
_COUNT = rf"\d{{1,3}}|an?|{'|'.join(_WORDS)}|(?:a\ )?(?:couple|few)"
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
_NAMED = {
    "today": (0, 0),
    "tonight": (0, 0),
    "this morning": (0, 0),
    "this afternoon": (0, 0),
    "this evening": (0, 0),
    "the day before yesterday": (-2, -2),
    "yesterday": (-1, -1),
    "last night": (-1, -1),
    "the day after tomorrow": (2, 2),
    "tomorrow": (1, 1),
}
_RELATIVE = re.compile(
    rf"""\b(?:
      (?P<named>{"|".join(re.escape(name) for name in sorted(_NAMED, key=len, reverse=True))})
    | (?P<which>last|this|next)\ (?P<period>week(?:end)?|month|year)
    | (?P<ago>{_COUNT})(?:\ of)?\ (?P<ago_unit>day|week|month|year)s?\ ago
    | (?:in|over|during|within)\ the\ (?:last|past)\ (?:(?P<past>{_COUNT})(?:\ of)?\ )?
      (?P<past_unit>day|week|month|year)s?
    | (?:(?P<side>last|next|this)\ |on\ )(?P<weekday>{"|".join(_DAYS)})
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date


def spans_named(text: str, today: date) -> tuple[Span, ...]:
    """What `text` names as seen from `today`, in order, each once, at most MOST_SPANS. Never raises."""
    found = (_span(match, today) for match in _RELATIVE.finditer(text))
    return tuple(dict.fromkeys(span for span in found if span))[:MOST_SPANS]


def _span(match: re.Match[str], today: date) -> Span | None:
    seen = {name: value.lower() for name, value in match.groupdict().items() if value}
    try:
        return next(reading(seen, today) for part, reading in _READINGS.items() if part in seen)
    except OverflowError:  # before the year 1
        return None


def _read_named(seen: dict[str, str], today: date) -> Span:
    first, last = _NAMED[seen["named"]]
    return Span(today + timedelta(first), today + timedelta(last))


def _read_period(seen: dict[str, str], today: date) -> Span:
    step = {"last": -1, "this": 0, "next": 1}[seen["which"]]
    monday = today - timedelta(today.weekday())
    if seen["period"] == "week":
        return Span(monday + timedelta(7 * step), monday + timedelta(7 * step + 6))
    if seen["period"] == "weekend":
        return Span(monday + timedelta(7 * step + 5), monday + timedelta(7 * step + 6))
    if seen["period"] == "year":
        return Span(date(today.year + step, 1, 1), date(today.year + step, 12, 31))
    years, month = divmod(today.month - 1 + step, 12)
    year = today.year + years
    return Span(date(year, month + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1]))


def _read_ago(seen: dict[str, str], today: date) -> Span:
    """N units ago, as exactly as people mean it: within half a unit."""
    unit = _UNITS[seen["ago_unit"]]
    day = today - timedelta(_number(seen["ago"]) * unit)
    return Span(day - timedelta(unit // 2), min(day + timedelta(unit // 2), today))


def _read_past(seen: dict[str, str], today: date) -> Span:
    return Span(today - timedelta(_number(seen.get("past", "one")) * _UNITS[seen["past_unit"]]), today)


def _read_weekday(seen: dict[str, str], today: date) -> Span:
    """The nearest one in the past; of this week, or the next to come, when it is said so."""
    ahead = (_DAYS.index(seen["weekday"]) - today.weekday()) % 7
    if seen.get("side") == "next":
        day = today + timedelta(ahead or 7)
    elif seen.get("side") == "this":
        day = today + timedelta(ahead)
    else:
        day = today - timedelta((7 - ahead) % 7 or 7)
    return Span(day, day)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.rsplit(maxsplit=1)[-1]]


_READINGS: dict[str, Callable[[dict[str, str], date], Span]] = {
    "named": _read_named,
    "period": _read_period,
    "ago_unit": _read_ago,
    "past_unit": _read_past,
    "weekday": _read_weekday,
}
