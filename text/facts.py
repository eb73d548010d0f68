"""What a text says that no rewording may lose: numbers, times, dates, names, code, and whether it is denied.

Strict on purpose. Vectors cannot tell such texts apart (measured cosines: "safe code 4711/4712" .970, "allergic/not
allergic" .966, "3 pm/4 pm" .984), so what may be merged is decided here, by what is written. When in doubt two texts
differ, and a fact counts as lost: refusing costs a little room, merging costs a memory.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from text.normal import folded

_ABBREVIATIONS = r"(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)(?<!\bNo)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)"
_END = re.compile(rf"{_ABBREVIATIONS}(?<!\.[a-z])[.!?]+[\"')\]]*(?=\s+[^a-z\s])|[。！？]|(?=\n)")
_TOKEN = re.compile(
    r"""
    `[^`]+` | https?://[^\s<>"]+[^\s<>".,;:!?)] | [\w.+-]+@[\w-]+(?:\.[\w-]+)+     # code, addresses
    | \d{1,2}\ ?(?:[ap]\.?m\b\.?)                                                  # 3 pm, 3p.m.
    | [$€£¥]?\d+(?:[.,:/'-]\d+)*%?(?:(?:st|nd|rd|th)\b)?(?![\w])                   # 4711, 1,000.5, 12:30, 5%
    | [^\W_]+(?:['’][^\W_]+)*(?:[-_./\\:]+[^\W_]+)*[_()]*                          # words, foo.py, a/b, snake_case
    | [?]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ADDRESS = re.compile(r"://|@")
_CODE = re.compile(r"[_./\\()]|[a-z][A-Z]")
_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_NUMBER_WORDS = {
    **{word: str(n) for n, word in enumerate(_SMALL.split())},
    **{word: str(20 + 10 * n) for n, word in enumerate(_TENS.split())},
    **{word: f"{n}th" for n, word in enumerate(_ORDINALS.split(), 1)},
    "once": "once",
    "twice": "twice",
    "dozen": "12",
    "half": "half",
    "hundred": "100",
    "thousand": "1000",
    "million": "million",
    "billion": "billion",
    "couple": "couple",
    "double": "double",
    "both": "both",
}
_DATES = """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december today tonight yesterday tomorrow morning noon afternoon evening night midnight
    spring summer autumn fall winter daily weekly monthly yearly ago last next"""
_DATE_WORDS = frozenset(_DATES.split())
# English, and the plainest ones of German, French, Spanish, Italian, Portuguese and Dutch.
_DENIALS = """not no never none nobody nothing nowhere neither nor without nicht kein keine keinen keiner nie niemals
    ohne ne pas jamais sans aucun aucune non nunca sin ningún ninguna mai senza não nem nooit geen niet zonder"""
_NEGATIONS = frozenset(_DENIALS.split())
# What turns a statement into another one without being a fact itself.
_TURNING = """if when unless until except but only just may might could would should must can will shall was were had
    used rarely seldom hardly barely scarcely sometimes often usually always mostly almost nearly maybe perhaps probably
    possibly allegedly formerly previously former ex stopped quit ceased lacks fails refuses denies doubts doubt thinks
    believes claims says said heard false wrong untrue myth instead rather anymore longer yet still already before after
    more less fewer most least other another all any some few many every each ?"""
_TURNS = frozenset(_TURNING.split())
_EMPTY = frozenset({"a", "an", "the"})
_STARTS = """i he she it we you they this that these those there here my his her its our your their in on at for to
    from by with and or so as of is are was were do does did has have had be what who when where why how which please
    yes then also if but while after before since because although though however both each every all some any many
    most user assistant"""
_SENTENCE_STARTS = _EMPTY.union(_STARTS.split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, stripped. Dots within versions, names of files and initials end none."""
    ends = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    return [part for start, end in pairwise(ends) if (part := text[start:end].strip())]


def facts(sentence: str) -> tuple[str, ...]:
    """Numbers, times, dates, names and code of one sentence in their order, in a form that can be compared.

    A capital letter makes a name, except in a common word that begins the sentence. Scripts without capitals have
    no names here: their words count as words only.
    """
    return tuple(found for place, token in enumerate(_tokens(sentence)) if (found := _fact(token, first=place == 0)))


def negations(sentence: str) -> int:
    """How often it denies something."""
    return sum(word in _NEGATIONS for word in _words(sentence))


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it is compared: its words in order, its facts in order, and how often it denies something."""

    text: str
    words: tuple[str, ...]
    bag: frozenset[str]
    facts: tuple[str, ...]
    negations: int


def said(sentence: str) -> Said:
    """Read one sentence."""
    words = tuple(_words(sentence))
    return Said(sentence, words, frozenset(words), facts(sentence), negations(sentence))


def says_the_same(kept: str, dropped: str) -> bool:
    """Whether `dropped` may go because `kept` says it: word by word the same but for case, punctuation and articles,
    or standing in it as it is, with nothing around it that turns its meaning.
    """
    return covers(said(kept), said(dropped))


def covers(kept: Said, dropped: Said) -> bool:
    """`says_the_same`, of sentences that have been read."""
    longer, shorter = kept.words, dropped.words
    if not shorter or len(shorter) > len(longer):
        return False
    if longer == shorter:
        return True
    if kept.negations != dropped.negations or _turns(longer) != _turns(shorter):
        return False
    return _stands_in(longer, shorter)


def lost(sources: Iterable[str], summary: str) -> list[str]:
    """The sentences of `sources` that `summary` does not keep. Empty: nothing was lost.

    A sentence is kept when one sentence of the summary says the same, or has all its facts side by side in the same
    order, most of its words, and denies as often.
    """
    held = [said(part) for part in sentences(summary)]
    verbatim = {one.words for one in held}
    read = (said(part) for source in sources for part in sentences(source))
    return [
        one.text
        for one in read
        if one.words not in verbatim and not any(covers(part, one) or _rewords(part, one) for part in held)
    ]


def added(sources: Iterable[str], summary: str) -> list[str]:
    """Facts of `summary` that no source has: made up."""
    known = {fact for source in sources for sentence in sentences(source) for fact in _all_facts(sentence)}
    return [fact for sentence in sentences(summary) for fact in facts(sentence) if fact not in known]


MAJORITY = 0.6  # of a sentence's words: below it another sentence is about something else (memoryOSS's Jaccard bound)


def _rewords(part: Said, one: Said) -> bool:
    if part.negations != one.negations or not one.bag:
        return False
    return len(one.bag & part.bag) / len(one.bag) >= MAJORITY and _stands_in(part.facts, one.facts)


def _stands_in(longer: tuple[str, ...], shorter: tuple[str, ...]) -> bool:
    width = len(shorter)
    return any(longer[at : at + width] == shorter for at in range(len(longer) - width + 1))


def _tokens(sentence: str) -> Sequence[str]:
    return _TOKEN.findall(sentence)


def _fact(token: str, *, first: bool) -> str:
    """The comparable form of a token that is a fact; "" of one that is not."""
    plain = folded(token).replace("’", "'")
    if token[0] == "`" or _ADDRESS.search(token):
        return token.strip("`")
    if any(char.isdigit() for char in token):
        return _number(plain)
    if _CODE.search(token):
        return token
    if plain in _NUMBER_WORDS or plain in _DATE_WORDS:
        return _NUMBER_WORDS.get(plain, plain)
    named = token[0].isupper() and plain != "i" and not (first and plain in _SENTENCE_STARTS)
    return plain.removesuffix("'s") if named else ""


def _number(plain: str) -> str:
    """A number without what is only notation: thousands, blanks, dots of "p.m."."""
    if re.fullmatch(r"\d{1,2} ?[ap]\.?m\.?", plain):
        return plain.replace(" ", "").replace(".", "")
    if re.fullmatch(r"[$€£¥]?\d{1,3}(?:[,']\d{3})+(?:\.\d+)?%?", plain):
        return plain.replace(",", "").replace("'", "")
    return re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "th", plain)


def _all_facts(sentence: str) -> Iterator[str]:
    """Facts, and every word as the name that it might be: a source's "bob" allows a summary's "Bob"."""
    yield from facts(sentence)
    for token in _tokens(sentence):
        yield folded(token).replace("’", "'").removesuffix("'s")


def _words(sentence: str) -> list[str]:
    """The sentence as it is compared word by word: folded, without articles, denials written out."""
    found = []
    for token in _tokens(sentence):
        plain = _number(folded(token).replace("’", "'"))
        if plain in _EMPTY:
            continue
        if plain == "cannot":
            found += ["can", "not"]
        elif plain.endswith("n't"):
            found += [{"ca": "can", "wo": "will", "sha": "shall"}.get(plain[:-3], plain[:-3]), "not"]
        else:
            found.append(token.strip("`") if token[0] == "`" else plain)
    return found


def _turns(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if word in _TURNS)
