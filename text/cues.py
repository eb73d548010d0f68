"""Cues of a memory that ranking reads: found once when it is stored, kept as the bits of one small number."""

import re
from enum import IntFlag
from itertools import islice

PERSON_ROLES = frozenset({"user", "human"})
MACHINE_ROLES = frozenset({"assistant", "system", "tool", "ai", "bot", "agent", "model", "developer", "function"})
ROLES = PERSON_ROLES | MACHINE_ROLES  # what chat logs call their authors: never anybody's name

_LETTERS = re.compile(r"[^\W\d_]+")
_LAST_CHARS = 60  # a question mark this near the end makes a turn a question, even with a picture's caption behind it

_WISH = re.compile(
    r"\b(?:always|never|prefer(?:s|red|ence)?|whenever|when i ask|remember to|from now on|make sure (?:to|you))\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"""^\W*(?:(?:please|and|also|so|ok|okay),?\s+)*
    (?:always|never|from\ now\ on|in\ (?:the\ )?future|whenever|when\ i\ ask|remember\ to|make\ sure\ (?:to|you))\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PERIOD = r"(?:week|month|year|weekend|summer|winter|spring|fall|mon|tues|wednes|thurs|fri|satur|sun)\w*"
_TIME = re.compile(
    rf"""\b(?:
        yesterday | today | tonight | tomorrow | recently | since | ago | deadline
        | last\ (?:night|{_PERIOD}) | next\ {_PERIOD}
        | this\ (?:week|month|year|weekend|morning|summer)
        | (?:a|an|one|two|three|four|five|six|few|couple|\d+)(?:\ of)?\ (?:day|week|month|year|hour)s?
        | just\ (?:got|started|finished|went|had)
        | january | february | march | april | june | july | august | september | october | november | december
        | 20\d\d
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER = re.compile(
    r"\b\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|once|dozen|couple)\b", re.IGNORECASE
)
_PAST = r"""(?:went|got|bought|made|took|saw|had|began|started|came|left|lost|did|ate|ran|won|met|read|wrote|found|gave
    |sold|built|taught|spent|put|told|thought|felt|knew|heard|kept|tried|\w{3,}ed)"""
_TOLD = re.compile(
    rf"\b(?:i|we)(?:['’]ve|\ have)?(?:\ (?:just|also|recently|even|finally|actually|already))?\ {_PAST}\b",
    re.IGNORECASE | re.VERBOSE,
)
_SPOKEN_TO = re.compile(r"(?:(?:^|[.!?:]\s)[\w']+|,)\s[A-Z][a-z]+(?=[!,.?]|$)")  # "Hey Ana!", "..., Ana."
_DETAIL = re.compile(
    r"""(?<=[a-z0-9,;]\s)["“'(]*(?!I\b)[A-Z]\w+ | (?<![\w.])\d[\d.,:/-]* | ["“][A-Z][^"”]{2,60}["”]""", re.VERBOSE
)
_MOST_DETAILS = 3


class Cue(IntFlag):
    """Bits of a memory's flags; they are stored, so a bit is never given another meaning."""

    ASKS = 1  # ends in a question: the turn after it answers
    WISH = 2  # a person's standing wish: always, never, prefer, from now on
    TIME = 4  # an expression of time
    NUMBER = 8  # a number, in digits or words
    MACHINE = 16  # written by a machine role: assistant, tool, ...
    ORDER = 32  # begins as a standing order does: "Always ...", "From now on ..."
    TOLD = 64  # a person reports what they did: "I went", "we've finished"
    DETAIL = 128  # one name, title or number in it, or three and more, with DETAILS
    DETAILS = 256  # two and more


def memory_flags(text: str, author: str) -> int:
    """The Cue bits of a memory, 0 to 511; `author` is "" when unknown."""
    machine = is_machine(author)
    flags = Cue.MACHINE if machine else Cue(0)
    if "?" in text[-_LAST_CHARS:]:
        flags |= Cue.ASKS
    if not machine and _WISH.search(text):
        flags |= Cue.WISH
    if not machine and _ORDER.match(text):
        flags |= Cue.ORDER
    if not machine and _TOLD.search(text):
        flags |= Cue.TOLD
    if _TIME.search(text):
        flags |= Cue.TIME
    if _NUMBER.search(text):
        flags |= Cue.NUMBER
    return int(flags) | int(Cue.DETAIL) * _details(text)


def _details(text: str) -> int:
    """How many names, titles and numbers a text has, at most three; not the name of who is spoken to. English."""
    return sum(1 for _ in islice(_DETAIL.finditer(_SPOKEN_TO.sub(" ", text)), _MOST_DETAILS))


def is_machine(author: str) -> bool:
    """Whether an author is nothing but machine roles: "assistant", "AI agent", "bot-7", but not "Ai Weiwei"."""
    words = _LETTERS.findall(author.lower())
    return bool(words) and MACHINE_ROLES.issuperset(words)
