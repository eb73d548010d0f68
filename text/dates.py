"""Calendar dates that a text names, in English or ISO form. Relative ones (yesterday) need a clock and are not read."""

import re
from dataclasses import dataclass, replace

MOST_DATES = 8  # a question names one or two; a pasted log names hundreds

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)} | {
    name[:3]: number for number, name in enumerate(_MONTHS, 1)
} | {"sept": 9}  # fmt: skip
_NAME = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_FULL_NAME = "|".join(name for name in _MONTHS if name != "may")
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"""
    \b(?P<iso_year>{_YEAR})-(?P<iso_month>\d\d?)(?:-(?P<iso_day>\d\d?))?(?!\d)
    | \b(?P<day_first>[0-3]?\d)(?:st|nd|rd|th)?\ (?:of\ )?(?P<month_second>{_NAME})\b\.?
      (?:,?\ (?P<year_third>{_YEAR})\b)?
    | \b(?P<month_first>{_NAME})\b\.?,?\ (?P<day_second>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,?\ (?P<year_last>{_YEAR})\b)?
    | \b(?P<month_of>{_NAME})\b\.?,?\ (?:of\ )?(?P<year_of>{_YEAR})\b
    | \b(?P<month>{_FULL_NAME})\b
    | \b(?:in|on|of|during|since|until|by|last|this)\ (?P<may>may)\b(?!\.?,?\ \d)
    | (?<![\d.,$€£-])\b(?P<year>{_YEAR})\b(?![.,]?\d|\ ?(?:%|€|\$))
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class NamedDate:
    """A year, a month (1 to 12), a day of the month (1 to 31), or any two or all of them; None is not named."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def dates_named(text: str) -> tuple[NamedDate, ...]:
    """Dates in `text`, in order, at most MOST_DATES; a year named once holds for every date without one."""
    found = [date for match in _DATE.finditer(text.lower()) if (date := _date(match))]
    years = {date.year for date in found if date.year}
    months = [date for date in found if date.month]
    if months and len(years) == 1:
        months = [replace(date, year=max(years)) for date in months]
    return tuple(dict.fromkeys(months or found))[:MOST_DATES]


def _date(match: re.Match[str]) -> NamedDate | None:
    """What one match names, or None when it is no date (month 13, day 39)."""
    seen = {name: value for name, value in match.groupdict().items() if value}
    year = _first(seen, "iso_year", "year_third", "year_last", "year_of", "year")
    day = _first(seen, "iso_day", "day_first", "day_second")
    month = _first(seen, "month_second", "month_first", "month_of", "month", "may")
    number = _MONTH_NUMBERS[month] if month else int(seen.get("iso_month", 0))
    if number > 12 or (day and not 1 <= int(day) <= 31):
        return None
    return NamedDate(int(year) if year else None, number or None, int(day) if day else None)


def _first(seen: dict[str, str], *names: str) -> str | None:
    return next((seen[name] for name in names if name in seen), None)
