"""Names of clusters: the words that tell most. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

from text.tokens import STOP_WORDS, terms

WORDS = 3  # in a name
SAMPLED = 60  # members whose contents are read, the most central ones
LEAST_MEMBERS = 2  # a word of one member alone would tell about that one
_WORD = re.compile(r"[^\W\d_][\w'’-]{2,30}")


def cluster_names(contents: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """A name for each cluster, from contents of its members: words that many of them have and other clusters have not.

    "" where no word is in LEAST_MEMBERS of them. Numbers are never part of a name.
    """
    counted = {label: _members_with(texts) for label, texts in contents.items()}
    everywhere = Counter(stem for found in counted.values() for stem in found)
    return {label: _name(found, len(contents[label]), everywhere, len(contents)) for label, found in counted.items()}


def _members_with(texts: Sequence[str]) -> dict[str, Counter[str]]:
    """By stem: how many members have it, in which spelling."""
    found: dict[str, Counter[str]] = {}
    for text in texts:
        spelt: dict[str, str] = {}
        for word in _WORD.findall(text):
            stems = terms(word)
            if stems and word.lower() not in STOP_WORDS:
                spelt.setdefault(stems[0], word.lower())
        for stem, word in spelt.items():
            found.setdefault(stem, Counter())[word] += 1
    return found


def _name(found: Mapping[str, Counter[str]], members: int, everywhere: Counter[str], clusters: int) -> str:
    told = {
        stem: spelt.total() / members * (0.2 + log((clusters + 1) / everywhere[stem]))
        for stem, spelt in found.items()
        if spelt.total() >= LEAST_MEMBERS
    }
    best = sorted(told, key=lambda stem: (-told[stem], stem))[:WORDS]
    return ", ".join(min(found[stem], key=lambda word: (-found[stem][word], word)) for stem in best)[:128]
