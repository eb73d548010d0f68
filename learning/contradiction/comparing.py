"""Two memories side by side: does the newer one say that the older one no longer holds, or that it never did?

Rules only, and only such as are nearly always right: a memory that is wrongly declared outdated is lost to whoever
asks for it, one that is missed stands beside its successor and loses against it by its date. docs/learning.md has the
figures.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from learning.contradiction.claims import Claim, claims_of
from learning.contradiction.lexicon import MOVES, OPPOSITES, PRONOUNS, RESIDES, SINGLE_VALUED, stem, words
from learning.contradiction.wording import is_number, same_value

_PREPOSITIONS = words("in on at for of with from to by")
_POSSESSIVES = words("my our your his her its their 's")
_TIMES = words(
    """
    yesterday today recently since last year month week ago january february march april june july august
    """
)
_SHORT = 5  # words of a value: a longer "value" is a description, and two descriptions may both be true


class Relation(StrEnum):
    """What the newer of two memories does to the older one."""

    NONE = "none"  # nothing: another subject, an addition, something else altogether
    SAME = "same"  # says the same again
    UPDATE = "update"  # says that it is no longer so
    CONFLICT = "conflict"  # says otherwise; whether something changed or one of them errs, the words do not tell


@dataclass(frozen=True, slots=True)
class Comparison:
    """The relation, whether the words alone are enough to act on, and the rule that found it."""

    relation: Relation
    sure: bool = False
    rule: str = ""


NOTHING = Comparison(Relation.NONE)
SAME = Comparison(Relation.SAME)


def compare(older: str, newer: str, *, one_speaker: bool = True) -> Comparison:
    """What `newer` says about `older`; `one_speaker`: "I" and "my" mean the same person in both."""
    before, after = claims_of(older), claims_of(newer)
    if not before or not after:
        return NOTHING
    names = _names(older) | _names(newer)
    found = [
        _pair(_Pair(old, new, names, one_speaker), after[n + 1 :])
        for old in before
        for n, new in enumerate(after)
        if new.verb != "not"
    ]
    best = max(found, key=_weight, default=NOTHING)
    return best if len(before) == 1 else replace(best, sure=False)  # the older one says more than what has changed


def _weight(found: Comparison) -> tuple[int, bool]:
    order = [Relation.NONE, Relation.SAME, Relation.CONFLICT, Relation.UPDATE]
    return order.index(found.relation), found.sure


@dataclass(frozen=True, slots=True)
class _Pair:
    """An older and a newer claim; `names` are words that are written like names in either text."""

    old: Claim
    new: Claim
    names: frozenset[str]
    one_speaker: bool

    @property
    def one_subject(self) -> bool:
        return self.about(self.new.subject)

    def about(self, subject: Sequence[str]) -> bool:
        """Whether the older claim is about `subject`."""
        mine = self.old.subject
        if not mine or [stem(w) for w in mine] != [stem(w) for w in subject]:
            return False
        return self.one_speaker or not ({"i", "my", "me", "we", "our"} & set(mine))

    def kind(self, value: Sequence[str]) -> str:
        if any(is_number(word) for word in value):
            return "number"
        return "name" if self.names & set(value) else "word"


def _pair(pair: _Pair, behind: Sequence[Claim]) -> Comparison:
    if _says_the_same(pair):
        return SAME
    if pair.new.also:
        return NOTHING
    for rule in (_ended, _from_to, _became, _is_now, _corrected, _single_valued, _opposite, _number_differs):
        found = rule(pair, behind)
        if found is not None:
            return found
    return NOTHING


def _says_the_same(pair: _Pair) -> bool:
    over = pair.new.change is not None and pair.new.change.ended
    same = _stems(pair.old) == _stems(pair.new) and pair.old.negated == pair.new.negated
    return pair.one_subject and same and not over


def _ended(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """ "Tom no longer works at Siemens", "Nina quit smoking", "Leo replaced his iPhone 12 with ..."."""
    change = pair.new.change
    if change is None or not change.ended or not pair.one_subject or pair.old.negated:
        return None
    over = _content(change.before)
    held = _content((pair.old.verb, *pair.old.rest))
    if not over or not over <= held:
        return None
    return Comparison(Relation.UPDATE, sure=True, rule="ended")


def _from_to(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """ "The database was migrated from AWS to Hetzner": the value that is left is the older one's."""
    change = pair.new.change
    if change is None or change.ended or not change.before:
        return None
    left = _content(change.before)
    mine = _content(pair.old.rest)
    if left and left <= mine and (pair.about(change.thing) or pair.one_subject):
        return Comparison(Relation.UPDATE, sure=not pair.old.negated, rule="from_to")
    return None


def _became(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """ "The backend was upgraded to Postgres 16", "Anna moved to Munich": the slot of the older value is the same."""
    old, change = pair.old, pair.new.change
    if change is None or change.ended or change.before or not pair.about(change.thing) or old.negated:
        return None
    before, after = _value(old.rest), _value(change.after)
    if not after or same_value(list(before), list(after)):
        return None
    if OPPOSITES.get(after[0]) == (old.rest[-1] if old.rest else ""):
        return Comparison(Relation.UPDATE, sure=True, rule="state")
    rule = _slot(pair, change.after) if pair.kind(before) == pair.kind(after) else ""
    return Comparison(Relation.UPDATE, sure=True, rule=rule) if rule else None


def _slot(pair: _Pair, after: Sequence[str]) -> str:
    """By which rule the new value of a thing stands where its older one stood; "" when it may stand beside it."""
    old = pair.old
    if pair.new.verb in MOVES | _IN_TIME:
        placed = old.verb in RESIDES | MOVES or (old.verb == "be" and old.rest[:1] in (("in",), ("on",), ("at",)))
        return "moved" if placed or _attribute(old) else ""
    alike = _one_number_differs(_bare(old.rest), _bare(after)) or _versions(old.rest, _value(after))
    return "became" if alike or _attribute(old) else ""


_IN_TIME = words("postponed rescheduled pushed brought")


def _is_now(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """ "The rate limit is now 250", "the API now listens on port 9090": same slot, another value."""
    old, new = pair.old, pair.new
    if not new.now or new.negated or old.negated or new.change or not pair.one_subject or not _one_verb(old, new):
        return None
    if same_value(list(_value(old.rest)), list(_value(new.rest))):
        return None
    if _one_number_differs(_bare(old.rest), _bare(new.rest)):
        return Comparison(Relation.UPDATE, sure=True, rule="now")
    if _attribute(old) and _is_value(old) and _is_value(new) and _same_kind(pair):
        return Comparison(Relation.UPDATE, sure=True, rule="now")
    return None


def _same_kind(pair: _Pair) -> bool:
    """Whether both values are numbers or both are names; of an attribute with one value, any two."""
    kinds = {pair.kind(_value(pair.old.rest)), pair.kind(_value(pair.new.rest))}
    return _single(pair.old) or (len(kinds) == 1 and kinds != {"word"})


def _corrected(pair: _Pair, behind: Sequence[Claim]) -> Comparison | None:
    """ "The shoe size is 43, not 42"."""
    if not pair.one_subject or not behind or behind[0].verb != "not" or not _one_verb(pair.old, pair.new):
        return None
    refused = _content(behind[0].rest)
    if refused and refused <= _content(pair.old.rest):
        return Comparison(Relation.UPDATE, sure=True, rule="corrected")
    return None


def _single_valued(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """ "The safe code is 4712": the code of one safe, which has one code at a time."""
    old, new = pair.old, pair.new
    if not pair.one_subject or not (old.verb == new.verb == "be") or old.negated or new.negated:
        return None
    if not _single(old) or not _is_value(old) or not _is_value(new):
        return None
    if same_value(list(_value(old.rest)), list(_value(new.rest))) or _shares_name(old, new):
        return None
    if pair.kind(_value(old.rest)) != pair.kind(_value(new.rest)):
        return None
    return Comparison(Relation.UPDATE, sure=len(old.subject) > 1, rule="single_valued")  # "the password" is anything's


def _opposite(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """The same sentence with and without "not", or with a word and its opposite."""
    old, new = pair.old, pair.new
    if not pair.one_subject:
        return None
    turned = _turned(old, new)
    same = _stems(old) == _stems(new)
    if same == turned or (same and old.negated == new.negated) or (turned and old.negated != new.negated):
        return None
    recent = new.now or (new.change is not None and not old.negated)
    return Comparison(Relation.UPDATE if recent else Relation.CONFLICT, sure=recent, rule="opposite")


def _number_differs(pair: _Pair, _: Sequence[Claim]) -> Comparison | None:
    """The same sentence with another number: an update, an error, or another thing of the same name."""
    old, new = pair.old, pair.new
    if not pair.one_subject or old.negated or new.negated or not _one_verb(old, new) or old.verb not in _STATES:
        return None
    if _one_number_differs(_bare(old.rest), _bare(new.rest)):
        return Comparison(Relation.CONFLICT, rule="number_differs")
    return None


_STATES = words("be has costs leaves starts ends runs uses listens takes born set opens closes")


def _turned(old: Claim, new: Claim) -> bool:
    """Whether one word of the newer claim is the opposite of the older one's, and all else is equal."""
    mine, other = [old.verb, *old.rest], [new.verb, *new.rest]
    if new.change is not None and new.change.after:
        other = ["be", *new.change.after]
    if new.verb in OPPOSITES and not new.rest:  # "has been closed"
        other = ["be", new.verb]
    if len(mine) != len(other):
        return False
    different = [(a, b) for a, b in zip(mine, other, strict=True) if stem(a) != stem(b)]
    return len(different) == 1 and OPPOSITES.get(different[0][1]) == different[0][0]


def _one_number_differs(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two phrases of one length differ in one number only, and name what it is a number of, or nothing else."""
    if len(left) != len(right):
        return False
    different = [(a, b) for a, b in zip(left, right, strict=True) if stem(a) != stem(b)]
    if len(different) != 1 or not all(map(is_number, different[0])):
        return False
    return not same_value([different[0][0]], [different[0][1]])


def _versions(old: Sequence[str], after: Sequence[str]) -> bool:
    """Whether both name one thing in two versions: "ubuntu 22.04", "ubuntu 24.04"."""
    mine = {a: b for a, b in _neighbours(old) if is_number(b)}
    return any(is_number(b) and a in mine and mine[a] != b for a, b in _neighbours(after))


def _neighbours(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return itertools.pairwise(words)


def _single(claim: Claim) -> bool:
    """Whether the subject is an attribute with one value at a time."""
    head = next((n for n, word in enumerate(claim.subject) if word in _PREPOSITIONS), len(claim.subject))
    return claim.subject[head - 1] in SINGLE_VALUED if head else False


def _attribute(claim: Claim) -> bool:
    """Whether the subject is an attribute of something ("Ben's manager"), said to be or to be set to a value."""
    of_something = len(claim.subject) > 1 or _single(claim)
    return (
        of_something and claim.verb in {"be", "set", "called", "ends", "starts", "planned"} and claim.subject[0] != "i"
    )


def _is_value(claim: Claim) -> bool:
    return 0 < len(claim.rest) <= _SHORT


def _shares_name(old: Claim, new: Claim) -> bool:
    """Whether half of the shorter value is in the longer one: a spelling of it rather than another."""
    mine, other = _content(old.rest), _content(new.rest)
    return bool(mine & other) and not any(is_number(word) for word in mine ^ other)


def _value(rest: Sequence[str]) -> tuple[str, ...]:
    """The words of a value, without a preposition in front and a time behind: "to Munich in March" -> "munich"."""
    words = list(rest)
    while words and words[0] in _PREPOSITIONS | {"set", "sprint"}:
        words = words[1:]
    for at, word in enumerate(words):
        if at and word in {"in", "on", "since", "for"} | _TIMES:
            return tuple(words[:at])
    return tuple(words)


def _bare(rest: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in rest if word not in _PREPOSITIONS | {"set"})


def _one_verb(old: Claim, new: Claim) -> bool:
    return stem(old.verb) == stem(new.verb)


def _stems(claim: Claim) -> list[str]:
    return [stem(word) for word in (claim.verb, *claim.rest)]


def _content(words: Sequence[str]) -> set[str]:
    kept = (w for w in words if w not in _PREPOSITIONS | _POSSESSIVES | PRONOUNS | _TIMES | {"be", "being", "only"})
    return {stem(word) for word in kept} - {""}


def _names(text: str) -> frozenset[str]:
    """Words that are written like names where no sentence begins, folded."""
    return frozenset(match.lower() for match in _NAME.findall(text))


_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w'-]*")
