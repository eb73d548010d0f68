"""A memory's text as a claim: who or what it is about, what it says, and whether it says that something changed."""

import itertools
from dataclasses import dataclass, replace

from learning.contradiction.lexicon import (
    ADVERBS,
    AUXILIARIES,
    CHANGES,
    COPULAS,
    DETERMINERS,
    ENDS,
    FRESH,
    HEDGES,
    NEGATIONS,
    OPENERS,
    PRONOUNS,
    base_forms,
    verb_forms,
    words,
)
from learning.contradiction.wording import SENTENCE_END, words_of

MOST_WORDS = 40  # of a text that is compared: longer ones say several things, and nothing replaces all of them
_SHIFTS = words("from to with in by into")
_CLAUSE_ENDS = words(", ; : . ! ?")


@dataclass(frozen=True, slots=True)
class Change:
    """What a claim says has changed: of `thing`, `before` no longer holds and `after` does; empty where not said."""

    thing: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ended: bool = False  # "no longer", "stopped", "sold": what stands in `before` is over


@dataclass(frozen=True, slots=True)
class Claim:
    """One clause. `subject` and `rest` are words without determiners; `verb` is "be" for a copula."""

    subject: tuple[str, ...]
    verb: str
    rest: tuple[str, ...]
    negated: bool = False
    now: bool = False  # says itself that it is about the present: "now", "the new ..."
    also: bool = False  # adds to what was said before
    change: Change | None = None


def claims_of(text: str) -> list[Claim]:
    """The claims of a text, in order; none when it is long, a question, or says what is wished, planned or heard."""
    sentences = [words_of(sentence) for sentence in SENTENCE_END.split(text.strip()) if sentence.strip()]
    words = [word for sentence in sentences for word in sentence]
    if not words or len(words) > MOST_WORDS or "?" in words or HEDGES & set(words) or _wished(words):
        return []
    found: list[Claim] = []
    for sentence in sentences:
        for clause in _clauses(sentence):
            claim = _claim(clause, found[-1].subject if found else ())
            if claim is not None:
                found.append(claim)
    return found


def _wished(words: list[str]) -> bool:
    return any(word in {"want", "wants", "wanted"} and behind == "to" for word, behind in itertools.pairwise(words))


def _clauses(words: list[str]) -> list[list[str]]:
    """Clauses: cut at marks, and at "and" or "but" where a verb or a pronoun follows."""
    while words and words[0] in OPENERS:
        words = words[2:] if words[1:2] and words[1] in _CLAUSE_ENDS else words[1:]
    found: list[list[str]] = [[]]
    for at, word in enumerate(words):
        if word in _CLAUSE_ENDS or (word in {"and", "but"} and _starts_clause(words[at + 1 : at + 3])):
            found.append([])
        else:
            found[-1].append(word)
    return [clause for clause in found if clause]


def _starts_clause(words: list[str]) -> bool:
    if not words:
        return False
    first = words[0]
    return first in PRONOUNS | ADVERBS | AUXILIARIES or first in verb_forms() or (
        len(words) > 1 and words[1] in AUXILIARIES | verb_forms()
    )  # fmt: skip


def _claim(words: list[str], subject_before: tuple[str, ...]) -> Claim | None:
    """One clause as a claim; a pronoun or nothing in front of its verb stands for the subject before."""
    if words[0] == "not" and len(words) > 1:  # "..., not 42"
        return Claim(subject_before, "not", tuple(words[1:]), negated=True)
    start, end = _verb_group(words)
    if start == end:
        return None
    subject = tuple(word for word in words[:start] if word not in DETERMINERS)
    fresh = bool(FRESH & set(subject))
    subject = tuple(word for word in subject if word not in FRESH)
    if subject_before and (not subject or subject[0] in {"he", "she", "it", "they"}):
        subject = subject_before
    group, rest = words[start:end], [word for word in words[end:] if word not in DETERMINERS]
    anymore = "anymore" in rest
    also = "also" in group or "also" in rest or rest[-2:] == ["as", "well"]
    now = fresh or "now" in words or "currently" in group
    rest = [word for word in rest if word not in {"anymore", "now", "currently", "still", "also"}]
    over = ("no" in group and "longer" in group) or anymore
    negated = bool(NEGATIONS & set(group)) or rest[:1] == ["no"]
    claim = Claim(subject, _main_verb(group), tuple(w for w in rest if w not in {"not", "no"}), negated, now, also)
    return replace(claim, change=_change(claim, group, over=over))


def _verb_group(words: list[str]) -> tuple[int, int]:
    """Where the first verb group starts and ends: auxiliaries, adverbs and the main verb ("has been moved")."""
    for at, word in enumerate(words):
        behind = words[at + 1] if at + 1 < len(words) else ""
        first = at == 0 or words[at - 1] in PRONOUNS
        if word in AUXILIARIES and not (at == 0 and word == "will"):
            break
        if word in verb_forms() and at and behind not in COPULAS - {"being"} and words[at - 1] not in DETERMINERS:
            break
        if word in base_forms() and first and at:
            break
        if (
            word in ADVERBS - {"just", "too"}
            and at
            and behind in {"longer"} | base_forms() | verb_forms() | AUXILIARIES
        ):
            break
    else:
        return 0, 0
    end = at
    while end < len(words) and (words[end] in AUXILIARIES | ADVERBS):
        end += 1
    bare = words[at] in base_forms() or (end > at and not COPULAS & set(words[at:end]))  # "does work", not "is open"
    if end < len(words) and (words[end] in verb_forms() or (bare and words[end] in base_forms())):
        end += 1
    return at, end


def _main_verb(group: list[str]) -> str:
    verbs = [word for word in group if word not in ADVERBS and word not in NEGATIONS]
    last = verbs[-1] if verbs else "be"
    return "be" if last in COPULAS else last


def _change(claim: Claim, group: list[str], *, over: bool) -> Change | None:
    if over:
        before = claim.rest if claim.verb == "be" else (claim.verb, *claim.rest)
        return Change(claim.subject, before, ended=True)
    if claim.negated:
        return None
    passive = bool(COPULAS & set(group))
    if claim.verb in ENDS and claim.rest and not passive:
        return Change(claim.subject, claim.rest, ended=True)
    if claim.verb == "stepped" and claim.rest[:2] == ("down", "as"):
        return Change(claim.subject, claim.rest[2:], ended=True)
    if claim.verb in CHANGES:
        return _shift(claim, passive=passive)
    return None


def _shift(claim: Claim, *, passive: bool) -> Change | None:
    """A change verb's object, its "from" and its "to"; without an object the subject itself has changed."""
    parts: dict[str, list[str]] = {"thing": []}
    at = "thing"
    for word in claim.rest:
        if word in _SHIFTS:
            at = word
            parts.setdefault(at, [])
        else:
            parts[at].append(word)
    before = tuple(parts.get("from", ()))
    after = tuple(parts.get("to", ()))
    if claim.verb == "replaced":
        thing = () if passive else tuple(parts["thing"])
        return Change(claim.subject, thing, tuple(parts.get("with", ()) or parts.get("by", ())), ended=not passive)
    if claim.verb in {"rewritten", "relicensed"}:
        after = after or tuple(parts.get("in", ()))
    if claim.verb == "turned" and parts["thing"][:1] in (["on"], ["off"]):
        after = tuple(parts["thing"][:1])
        parts["thing"] = []
    if not before and not after:
        return None
    thing = claim.subject if passive or not parts["thing"] else tuple(parts["thing"])
    return Change(thing, before, after)
