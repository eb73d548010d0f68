"""Whether two memories say the same: near in meaning, and alike in all that one wrong letter would falsify. Pure.

Vectors alone cannot tell: "safe code 4711" and "4712" have a cosine of .97, "allergic" and "not allergic" .97, "3 pm"
and "4 pm" .98. So two texts are never the same when they differ in a digit, a date, a name, a negation or an opposite,
or when they were said by or of different people or about different days.
"""

import re
from functools import lru_cache

from grains.models import Grain
from text.normal import WORD, folded, plain_word
from text.tokens import STOP_WORDS, terms

NEAR = 0.90  # cosine from which two texts may be the same: rephrasings have .90 to .98, others of a subject up to .85
SHARED = 0.5  # share of the content words that they must have in common at least

_NEGATIONS = """
    no not never none nobody nothing nowhere neither nor without cannot can't won't don't doesn't didn't isn't aren't
    wasn't weren't hasn't haven't hadn't shouldn't wouldn't couldn't mustn't needn't ain't unless except
    false wrong stopped stop stops ceased quit longer anymore fails failed refuses refused denies denied
    forbids forbidden
"""
_NUMBERS = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half quarter
    once twice first second third fourth fifth sixth seventh eighth ninth tenth last next both all some every each
"""
_DATES = """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december yesterday today tomorrow tonight morning noon afternoon evening night midnight am pm
    spring summer autumn fall winter daily weekly monthly yearly hour hours day days week weeks month months year years
"""
_OPPOSITES = """
    before after off up down left right out under above below until since less least always sometimes often rarely only
    disable disables disabled close closes closed reject rejects rejected dislike dislikes hate hates sell sold
    lose lost old new high low hot cold black white red blue green yellow brown grey orange purple pink north
    south east west
    he she his her him
"""
# Where one of these stands, the order of the words matters: tea over coffee.
_ORDERING = frozenset(
    ("before", "after", "over", "under", "above", "below", "than", "from", "to", "instead", "rather", "by", "versus")
)
_TELLING = frozenset(f"{_NEGATIONS} {_NUMBERS} {_DATES} {_OPPOSITES}".split())
_TOKEN = re.compile(r"\w+(?:['’.:/-]\w+)*")


def same_fact(one: Grain, content: str, other: Grain, other_content: str) -> bool:
    """Whether two memories that are near in meaning say the same of the same people at the same time."""
    who = (one.author, one.user, one.agent) == (other.author, other.user, other.agent)
    dates = {grain.occurred_at.date() for grain in (one, other) if grain.occurred_at}
    return who and len(dates) < 2 and same_text(content, other_content)


def same_text(one: str, other: str) -> bool:
    """Whether two texts that are near in meaning can be the same fact."""
    a, b = _read(one), _read(other)
    if a.telling != b.telling or not a.names <= b.keys or not b.names <= a.keys:
        return False
    if a.ordered and a.order(b.content) != b.order(a.content):
        return False
    return len(a.content & b.content) >= SHARED * max(len(a.content | b.content), 1) or a.content == b.content


class _Read:
    """What of a text must be equal, and what may differ."""

    __slots__ = ("content", "keys", "names", "ordered", "telling", "terms")

    def __init__(self, text: str) -> None:
        words = _TOKEN.findall(text)
        keys = [folded(word).replace("’", "'") for word in words]
        self.telling = sorted(key for key in keys if key in _TELLING or any(char.isdigit() for char in key))
        self.keys = frozenset(plain_word(word) for word in words)
        self.names = frozenset(plain_word(word) for word in words if _may_name(word))
        self.ordered = not _ORDERING.isdisjoint(keys)
        self.terms = terms(text)
        self.content = frozenset(self.terms)

    def order(self, shared: frozenset[str]) -> list[str]:
        """The content words that another text has too, as they follow one another."""
        return [term for term in self.terms if term in shared]


def _may_name(word: str) -> bool:
    """Written like a name or an identifier: with a capital that is not only a sentence's, or signs inside."""
    found = WORD.fullmatch(word)
    key = plain_word(word)
    if found is None or any(not char.isalpha() for char in word.replace("'", "").replace("’", "")):
        return True
    return any(char.isupper() for char in word) and key not in STOP_WORDS and key not in _TELLING


@lru_cache(maxsize=512)
def _read(text: str) -> _Read:
    return _Read(text)
