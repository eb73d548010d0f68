"""A sentence as words that can be compared: times, dates, numbers and contractions in one form each."""

import re

from text.normal import folded

_MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_NUMBERS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100",
}  # fmt: skip

_CONTRACTIONS = (
    (re.compile(r"\b(can|wo)(?:'t|not)\b|\bcan not\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'(?:ll|d)\b"), " will"),
    (re.compile(r"\b(he|she|it|that|there)'s\b"), r"\1 is"),
    (re.compile(r"\bany ?more\b"), " anymore"),
    (re.compile(r"\bone hundred\b"), "100"),
)  # fmt: skip
_TIME = re.compile(r"\b(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))?\s?([ap])\.?m\b\.?")
_CLOCK = re.compile(r"\b0(\d:[0-5]\d)\b")
_THOUSANDS = re.compile(r"\b(\d{1,3}(?:,\d{3})+)\b")
_KILO = re.compile(r"\b(\d+)k\b")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\b\.?(?:,?\s+((?:19|20)\d\d))?")
_MONTH_DAY = re.compile(rf"\b({_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+((?:19|20)\d\d))?")
_TOKEN = re.compile(r"[^\s@]+@[\w.-]*\w|https?://\S*\w|'s\b|\d+(?::\d\d)|[^\W_]+(?:[._/+'-][^\W_]+)*|[,;:?!.]")
_NUMBERLIKE = re.compile(r"v?\d[\w.:/+-]*")
SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def words_of(sentence: str) -> list[str]:
    """The words of one sentence, folded, with marks that part clauses; "3 pm" is 15:00, "12 May" is 05-12."""
    text = folded(sentence).replace("\u2019", "'")
    for pattern, plain in _CONTRACTIONS:
        text = pattern.sub(plain, text)
    text = _TIME.sub(_clock, text)
    text = _CLOCK.sub(r"\1", text)
    text = _THOUSANDS.sub(lambda match: match[1].replace(",", ""), text)
    text = _KILO.sub(r"\g<1>000", text)
    text = _DAY_MONTH.sub(lambda match: _date(match[3], match[2], match[1]), text)
    text = _MONTH_DAY.sub(lambda match: _date(match[3], match[1], match[2]), text)
    return [_NUMBERS.get(word, word) for word in _TOKEN.findall(text)]


def is_number(word: str) -> bool:
    """Whether a word is a number, a version, a date, a time or a code that begins with a digit."""
    return bool(_NUMBERLIKE.fullmatch(word))


def same_value(left: list[str], right: list[str]) -> bool:
    """Whether two values may be one in two spellings: equal, one within the other, 2.3 and 2.3.0, Rd and Road."""
    a, b = [_plain(word) for word in left], [_plain(word) for word in right]
    if not a or not b or set(a) <= set(b) or set(b) <= set(a):
        return True
    return len(a) == len(b) and all(x == y or _abbreviates(x, y) for x, y in zip(a, b, strict=True))


def _plain(word: str) -> str:
    while re.fullmatch(r"v?\d+(?:\.\d+)*\.0", word):
        word = word[:-2]
    return word.removeprefix("v") if is_number(word) else word


def _abbreviates(left: str, right: str) -> bool:
    """Whether one word shortens the other: same first letter, its letters in order; never numbers."""
    short, long = sorted((left, right), key=len)
    if is_number(short) or is_number(long) or short == long or short[0] != long[0] or len(short) < 2:
        return False
    rest = iter(long)
    return all(letter in rest for letter in short)


def _clock(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] == "p" else 0)
    return f"{hour}:{match[2] or '00'}"


def _date(year: str | None, month: str, day: str) -> str:
    number = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(month[:3]))
    return f"{year}-{number:02}-{int(day):02}" if year else f"{number:02}-{int(day):02}"
