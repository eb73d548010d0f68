"""Search terms of a text in any language: what postings hold and BM25 counts.

English is stemmed (Snowball) and freed of function words; other spaced languages are kept word by word; scripts
written without spaces become characters and overlapping pairs, so that any part of a run is found.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from threading import local

import Stemmer

from text.normal import folded

TERM_CHARS = 64  # longer runs (keys, base64) are found by their beginning

_PRONOUNS = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
    it its itself they them their theirs themselves this that these those
"""
_DETERMINERS = "a an the each few more most other some such own same both all any no"
_QUESTION_WORDS = "what which who whom when where why how"
_AUXILIARIES = "am is are was were be been being have has had having do does did doing can will should"
_LINKS = """
    and but if or because as until while of at by for with about against between into through during before after
    above below to from up down in out on off over under again further then once here there
"""
_ADVERBS = "not nor only so than too very just now"
_APOSTROPHE_RESTS = "s t d m ll re ve don didn doesn isn aren wasn weren won wouldn couldn shouldn hasn haven hadn"
STOP_WORDS = frozenset(
    f"{_PRONOUNS} {_DETERMINERS} {_QUESTION_WORDS} {_AUXILIARIES} {_LINKS} {_ADVERBS} {_APOSTROPHE_RESTS}".split()
)

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_POSSESSIVE = re.compile(r"['’]s\b")
# Scripts without spaces between words (Thai, Lao, Myanmar, Khmer, Kana, Han) and Hangul, whose words carry particles.
_RUN_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_SCRIPT_PARTS = re.compile(f"[{_RUN_SCRIPTS}]+|[^{_RUN_SCRIPTS}]+")
_RUN_START = re.compile(f"[{_RUN_SCRIPTS}]")

_MARKS_END = 0x20000  # no script in use has combining marks beyond; some 15 ms, once

_stemmers = local()


def terms(text: str) -> list[str]:
    """Search terms of `text` in order, repeats included; each has 1 to TERM_CHARS characters. Never raises."""
    if text.isascii():
        words = _ASCII_WORD.findall(_POSSESSIVE.sub("", text.lower()))
        return _stemmed([word for word in words if word not in STOP_WORDS])
    words = _word_pattern().findall(_POSSESSIVE.sub("", folded(text)))
    found: list[str] = []
    for word in words:
        if word.isascii() or not _RUN_START.search(word):
            found.append(word)
        else:
            found.extend(_parts(word))
    return _stemmed([word for word in found if word not in STOP_WORDS])


@cache
def _word_pattern() -> re.Pattern[str]:
    """Runs of letters, digits and combining marks: Python's \\w leaves out the vowel signs of Hindi or Thai."""
    marks = [code for code in range(_MARKS_END) if unicodedata.category(chr(code)).startswith("M")]
    runs = (list(run) for _, run in groupby(enumerate(marks), lambda pair: pair[1] - pair[0]))
    ranges = "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)
    return re.compile(f"(?:[^\\W_]|[{ranges}])+")


def _parts(word: str) -> Iterator[str]:
    """Pieces of a word that mixes scripts: runs become characters and pairs, the rest stays whole."""
    for part in _SCRIPT_PARTS.findall(word):
        if _RUN_START.match(part):
            yield from part
            yield from map("".join, pairwise(part))
        else:
            yield part


def _stemmed(words: list[str]) -> list[str]:
    """Snowball stems. Stemmer objects cache and must not be shared between threads: one a thread."""
    stemmer = getattr(_stemmers, "english", None)
    if stemmer is None:
        stemmer = _stemmers.english = Stemmer.Stemmer("english")
    stems: list[str] = stemmer.stemWords([word[:TERM_CHARS] for word in words])
    return stems
