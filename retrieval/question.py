"""Understand a question without a language model: whom it names, when, and what is left to search for."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from text.asides import without_asides
from text.cues import ROLES
from text.dates import NamedDate, dates_named
from text.identifiers import hump_terms, identifiers
from text.normal import WORD, folded, plain_word
from text.relative_dates import Span, spans_named
from text.several import questions_in
from text.tokens import STOP_WORDS, terms

# Longer texts are no questions but pasted material: its beginning says what it is about, and the encoder reads
# 256 word pieces at most.
ANALYSED_CHARS = 4_000
MOST_TERMS = 64
MOST_NAME_KEYS = 64
_POSSESSIVES = ("'s", "’s")
_PLACE_BEFORE = re.compile(r"\b(?:in|into|inside|at|near|around|within|outside)\s+$", re.IGNORECASE)
# Words that are names only where they are written like one: "Will" in the middle of a question.
_AMBIGUOUS = STOP_WORDS | {"would", "may", "might", "must", "shall", "could"}

_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself|we|our|us)\b", re.IGNORECASE)
_SECOND_PERSON = re.compile(r"\byour?\b", re.IGNORECASE)
_WHEN = re.compile(
    r"""^\W*(?:when|what\ (?:date|day|month|year|time)|how\ long|since\ when|in\ (?:what|which)\ (?:month|year))\b
    | \bhow\ many\ (?:days|weeks|months|years)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_COUNT = re.compile(r"\bhow (?:many|much|often|old|long)\b|\bwhat (?:number|percentage|share|amount)\b", re.IGNORECASE)
_LOOKS_BACK = re.compile(
    r"""\b(?:did|have|had|has|was|were)\ (?:i|we|my|our|you)\b
    | \b(?:i|we)\ (?:mentioned|said|told|asked|planned|decided|chose|discussed|talked\ about|brought\ up)\b
    | \b(?:summar\w+|order\ in\ which|across|throughout)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_PAST = re.compile(r"\b(?i:did|was|were|had|has)\b|\b(?i:have)\ (?:(?i:i|you|we|they|both)\b|[A-Z])")
_AUXILIARY = "am|is|are|was|were|has|have|had|do|does|did|can|could|will|would|should|may|might"
_SEVERAL_THINGS = (
    rf"(?:(?!(?:{_AUXILIARY})\b)[\w'’-]+\ +){{0,3}}?(?!(?:{_AUXILIARY}|this|his|its|us|as|yes)\b)[a-z]+(?<![sui])s\b"
)
_ASKS_SEVERAL = re.compile(
    rf"""^\W*(?:(?:in|at|on|from|for|with|of)\ +)?(?:what|which)\ +(?:
        (?:are|were)\ +{_SEVERAL_THINGS}  # What are the names of her cats?
        | {_SEVERAL_THINGS}.*\b(?:{_AUXILIARY})\b  # What old books has she read? Not: Which bus goes there?
    )
    | ^\W*(?:what|where|who|which)\ +(?:has|have)\b | \bhow\ +many\b | \bboth\b""",
    re.IGNORECASE | re.VERBOSE,
)
_ASKS_SUMMARY = re.compile(r"\b(?:summar(?:y|ies|i[sz]\w*)|sum(?:ming)? up|overview|recap)\b", re.IGNORECASE)

_QUOTED = re.compile(r'["“”«„]([^"“”«»„]{3,200})["“”»]')
MOST_QUOTED = 4
_CODE = re.compile(r"\w+(?:['’.-]\w+)*")
_ODD_LETTER = re.compile(r"[\d_]|(?<=\w)[A-Z]")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood.

    `bare` is the text without authors' names, `embedded` what the encoder is given, `terms` the distinct search
    terms of `bare` (at most MOST_TERMS), `exact` those of them that nobody would paraphrase, `named` the only
    author it names.
    """

    text: str
    bare: str
    embedded: str
    terms: tuple[str, ...]
    exact: frozenset[str] = frozenset()
    named: str | None = None
    dates: tuple[NamedDate, ...] = ()
    spans: tuple[Span, ...] = ()  # what it names as seen from the day on which it is asked
    about_you: bool = False  # what the assistant said or did may answer it
    asks_when: bool = False
    asks_count: bool = False
    looks_back: bool = False  # asks what was said or done, so no standing wish answers it
    asks_past: bool = False  # asks what somebody did, or how it was
    asks_several: bool = False  # several memories may each have a part of the answer: "What books ...", "how many"
    asks_summary: bool = False  # wants what all sides said, in short
    unread: float = 0.0  # share of its letters that mean nothing to the encoder, 0 to 1
    quoted: tuple[str, ...] = ()  # phrases of two words and more that stand in quotation marks, as `_quoted` has them
    parts: tuple["Question", ...] = ()  # the questions that it is made of, when it is several


def understand(
    query: str,
    names: Collection[str] = (),
    *,
    common: Collection[str] = (),
    today: date | None = None,
    latin_only: bool = True,
) -> Question:
    """Understand any query; `names` are authors of the namespace (those that `name_keys` found; roles are skipped).

    `common` are names (look-up forms) that so many memories mention that they pull every vector and tell none apart:
    they are not embedded either. `today` is what "yesterday" is said of; None leaves such dates out. `latin_only` says
    that the encoder reads no other script, as the built-in one.
    Never raises, and reads no more than ANALYSED_CHARS of the query.
    """
    text = query[:ANALYSED_CHARS].strip()
    known = _Known(names, common, today, latin_only)
    whole = _understood(text, known)
    parts = (_understood(part, known) for part in questions_in(text))
    # "What does Ana paint, and where does she live?" names her once.
    return replace(whole, parts=tuple(replace(part, named=part.named or whole.named) for part in parts))


@dataclass(frozen=True, slots=True)
class _Known:
    """What understand() is told beside the query."""

    names: Collection[str]
    common: Collection[str]
    today: date | None
    latin_only: bool


def _understood(text: str, known: _Known) -> Question:
    """One question, understood as a whole."""
    names, common, today = known.names, known.common, known.today
    authors, named = _named_authors(text, names)
    bare = _without(text, authors)
    subject = without_asides(_without(bare, _common_names(bare, common)))
    marks = [*identifiers(bare), *hump_terms(bare)]
    wanted = without_asides(_without(bare, _people(bare, common)))
    searched = tuple(dict.fromkeys([*marks, *terms(wanted)]))[:MOST_TERMS]
    asks_when, asks_count = bool(_WHEN.search(text)), bool(_COUNT.search(text))
    return Question(
        text=text,
        bare=bare,
        embedded=_addressed(without_asides(text), names, common),
        terms=searched,
        exact=frozenset(searched) & {*marks, *_exact_terms(bare)},
        named=named,
        dates=dates_named(text),
        spans=spans_named(text, today) if today else (),
        about_you=_about_you(text, subject),
        asks_when=asks_when,
        asks_count=asks_count,
        asks_past=bool(_ASKS_PAST.search(text)),
        asks_several=bool(_ASKS_SEVERAL.search(text)),
        asks_summary=bool(_ASKS_SUMMARY.search(text)),
        looks_back=asks_when or asks_count or bool(_LOOKS_BACK.search(text)),
        quoted=_quoted(text),
        unread=_unread(subject) if known.latin_only else 0.0,
    )


def name_keys(query: str) -> list[str]:
    """Words of the query that may be first words of authors' names, each once, as `text.normal.first_word` has them.

    At most MOST_NAME_KEYS; never roles, and function words only where they are written like names.
    """
    text = query[:ANALYSED_CHARS].strip()
    keys = dict.fromkeys(word.key for word in _words(text) if word.may_name)
    return list(keys)[:MOST_NAME_KEYS]


def names_written(query: str) -> frozenset[str]:
    """Those of `name_keys` that are written like names: with one capital, not at the beginning."""
    text = query[:ANALYSED_CHARS].strip()
    return frozenset(word.key for word in _words(text) if word.named_so)


def _quoted(text: str) -> tuple[str, ...]:
    """Quoted phrases, in lower case, with straight apostrophes and single spaces; each once, at most MOST_QUOTED."""
    phrases = (" ".join(found.lower().replace("’", "'").replace("‘", "'").split()) for found in _QUOTED.findall(text))
    return tuple(dict.fromkeys(one for one in (phrase.strip(".,;:!?") for phrase in phrases) if " " in one))[
        :MOST_QUOTED
    ]


def _unread(text: str) -> float:
    """The share of letters beyond the Latin script."""
    if text.isascii():
        return 0.0
    letters = [char for char in text if char.isalpha()]
    return sum(not (char <= "\u024f" or "\u1e00" <= char <= "\u1eff") for char in letters) / max(len(letters), 1)


def _about_you(text: str, subject: str) -> bool:
    """Whether the question is about "you", or about both of "us", and not only put to somebody."""
    both = _FIRST_PERSON.search(text) and _SECOND_PERSON.search(text)
    return bool(both or _SECOND_PERSON.search(subject))


def _exact_terms(text: str) -> set[str]:
    """Terms of what has one spelling only: numbers, codes, identifiers, and names (capitals after the first word)."""
    codes = (
        match.group()
        for place, match in enumerate(_CODE.finditer(text))
        if _ODD_LETTER.search(match.group()) or (place and match.group()[0].isupper())
    )
    return set(terms(" ".join(codes)))


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question: its place, its look-up form, and whether it can be (part of) a name."""

    start: int
    end: int
    key: str
    may_name: bool
    named_so: bool  # written like a name and nothing else: with one capital, not at the beginning


@lru_cache(maxsize=64)  # a question's words are looked at several times
def _words(text: str) -> tuple[_Word, ...]:
    return tuple(_each_word(text))


def _each_word(text: str) -> Iterator[_Word]:
    for place, match in enumerate(WORD.finditer(text)):
        word = match.group()
        key = plain_word(word)
        written_so = place > 0 and word[0].isupper() and len(word) > 1
        may_name = key not in ROLES and (written_so or key not in _AMBIGUOUS)
        yield _Word(match.start(), match.end(), key, may_name, may_name and written_so and word[1:].islower())


def _named_authors(text: str, names: Collection[str]) -> tuple[list[tuple[int, int]], str | None]:
    """Where authors are named (spans of characters), and the author if it is one alone.

    A full name counts before the first names it begins with, so "Ana Silva" is not also the other Ana.
    """
    known = sorted((parts, name) for name in names if (parts := _name_parts(name)))
    if not known:
        return [], None
    words = _words(text)
    spans: list[tuple[int, int]] = []
    found: set[str] = set()
    for at, word in enumerate(words):
        meant = [(name, parts) for parts, name in known if word.may_name and parts[0] == word.key]
        if not meant:
            continue
        lengths = {name: _shared(words[at : at + len(parts)], parts) for name, parts in meant}
        longest = max(lengths.values())
        spans.append((word.start, words[at + longest - 1].end))
        found.update(name for name, length in lengths.items() if length == longest)
    return spans, found.pop() if len(found) == 1 else None


def _name_parts(name: str) -> tuple[str, ...]:
    """A name's words in look-up form; none for a role."""
    parts = tuple(plain_word(word) for word in WORD.findall(name))
    return () if not parts or folded(name) in ROLES or parts[0] in ROLES else parts


def _shared(words: Sequence[_Word], parts: tuple[str, ...]) -> int:
    """Words of a name that stand here, where its first does: all of them, or that alone."""
    return len(parts) if tuple(word.key for word in words) == parts else 1


_Span = tuple[int, int]  # characters, end exclusive


def _common_names(text: str, common: Collection[str]) -> list[_Span]:
    """Where the common names are written like names."""
    return [(w.start, w.end) for w in _words(text) if w.named_so and w.key in common] if common else []


def _people(text: str, common: Collection[str]) -> list[_Span]:
    """Where those common names stand that are no place's. Of a place, words may still tell it from others."""
    return [span for span in _common_names(text, common) if not _PLACE_BEFORE.search(text[: span[0]])]


def _without(text: str, spans: Collection[_Span]) -> str:
    """`text` without the spans, or all of it when nothing to search for would be left."""
    if not spans:
        return text
    bare = _replaced(text, dict.fromkeys(spans, _NOTHING))
    return bare if terms(bare) else text


def _addressed(text: str, names: Collection[str], common: Collection[str]) -> str:
    """`text` with "you" for authors and common names, or all of it when nothing to search for would be left.

    Their own words are near "Where did you move from?", as somebody would ask them. A common name behind "in" or "near"
    is a place's, and goes.
    """
    people = [*_named_authors(text, names)[0], *_people(text, common)]
    spans = dict.fromkeys(_common_names(text, common), _NOTHING) | dict.fromkeys(people, _YOU)
    if not spans:
        return text
    return _replaced(text, spans) if terms(_replaced(text, dict.fromkeys(spans, _NOTHING))) else text


_NOTHING, _YOU = ("", ""), ("you", "your")


def _replaced(text: str, spans: Mapping[_Span, tuple[str, str]]) -> str:
    """`text` with a word for each span, which may overlap; its second one for those that end in a possessive."""
    kept, end_before = [], 0
    for (start, end), (word, possessive) in sorted(spans.items()):
        if start >= end_before:
            kept += [text[end_before:start], possessive if text[start:end].endswith(_POSSESSIVES) else word]
        end_before = max(end, end_before)
    return "".join((*kept, text[end_before:]))
