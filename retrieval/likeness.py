"""Whether two memories say the same: near in meaning, and alike in all that one wrong letter would falsify. Pure.

Vectors alone cannot tell ("safe code 4711" and "4712" have a cosine of .96, "allergic" and "not allergic" .95). So two
texts are never the same when they differ in a number, a date, a name, a denial or an opposite, or when they were said
by or of different people, or of different days.
"""

from functools import lru_cache

from grains.models import Grain
from text.facts import said
from text.tokens import terms

# Cosine from which two texts may be the same. Of pairs written for this: rewordings .88 to .98, "sleeps on the sofa"
# and "on the chair" .80.
NEAR = 0.90
SHARED = 0.5  # share of the content words that they must have in common at least

# What turns a statement into its opposite, or names another of a few things; one side of a pair is enough.
_TURNING = """
    after off up down left right out under below since less least always sometimes often rarely only if unless
    except until may might could would should must was were stopped stops quit ceased fails failed refuses refused
    denies denied forbids forbidden disable disables disabled close closes closed reject rejects rejected dislike
    dislikes hate hates sell sold lose lost false wrong longer anymore old new high low hot cold black white red
    blue green yellow brown grey orange purple pink north south east west he she his her him am pm hour hours day
    days week weeks month months year years
"""
_OPPOSITES = frozenset(_TURNING.split())
# Where one of these stands, the order of the words matters: tea over coffee.
_ORDERING = frozenset(
    ("before", "after", "over", "under", "above", "below", "than", "from", "to", "instead", "rather", "by", "versus")
)


def same_fact(one: Grain, content: str, other: Grain, other_content: str) -> bool:
    """Whether two memories that are near in meaning say the same of the same people at the same time."""
    who = (one.author, one.user, one.agent) == (other.author, other.user, other.agent)
    dates = {grain.occurred_at.date() for grain in (one, other) if grain.occurred_at}
    return who and len(dates) < 2 and same_text(content, other_content)


def same_text(one: str, other: str) -> bool:
    """Whether two texts that are near in meaning can be the same fact."""
    a, b = _read(one), _read(other)
    if a.negations != b.negations or a.turning != b.turning:
        return False
    if not a.facts <= b.words or not b.facts <= a.words:
        return False
    if a.ordered and a.order(b.content) != b.order(a.content):
        return False
    return len(a.content & b.content) >= SHARED * max(len(a.content | b.content), 1)


class _Read:
    """What of a text must be equal, and what may differ."""

    __slots__ = ("content", "facts", "negations", "ordered", "terms", "turning", "words")

    def __init__(self, text: str) -> None:
        read = said(text)
        self.negations = read.negations
        self.facts = frozenset(read.facts)
        self.words = frozenset(read.words) | self.facts  # a name may stand where any word does
        self.turning = sorted(_OPPOSITES.intersection(read.words))
        self.ordered = not _ORDERING.isdisjoint(read.words)
        self.terms = terms(text)
        self.content = frozenset(self.terms)

    def order(self, shared: frozenset[str]) -> list[str]:
        """The content words that another text has too, as they follow one another."""
        return [term for term in self.terms if term in shared]


@lru_cache(maxsize=512)
def _read(text: str) -> _Read:
    return _Read(text)
