"""Identifiers in a text: what has one spelling and means one thing, so that it is found whole."""

import re
from collections.abc import Iterator
from itertools import islice

from text.tokens import terms

MOST_IDENTIFIERS = 32  # of one text; a pasted log has hundreds
LONGEST = 128  # characters; what is longer is found by its words
MARK = "="  # begins the search term of an identifier; no other term holds it

_IDENTIFIER = re.compile(
    r"""
    [a-z][a-z0-9+.-]*://[^\s<>"'`]+                              # a URL
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                               # an address
    | (?:~|\.{1,2})?(?:[/\\][\w.@-]+)+[/\\]?                     # a path from the root, home or here
    | [\w.@-]+(?:[/\\][\w.@-]+)+                                 # a path, or owner/name
    | \bv?\d+(?:\.\d+)+(?:[-+][\w.]+)?\b                         # a version, an address, a section
    | \b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b            # a UUID
    | \b[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+(?:\(\))?       # a dotted name
    | \b\w*[A-Za-z]\w*_\w+\b                                     # snake_case, CONSTANT_CASE
    | \b[A-Za-z]*[a-z][a-z0-9]*[A-Z]\w*\b                        # camelCase
    | \b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w+(?:-\w+)+\b             # E-4417, INV-2093
    | \b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b        # a hash
    """,
    re.VERBOSE | re.ASCII,
)
_ODD = re.compile(r"[^\W_][\W_][\w/\\]|^[~./\\]|\d|[a-z][A-Z]")  # neither a word nor one with punctuation behind it
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CAMEL = re.compile(r"\b[A-Za-z]*[a-z][a-z0-9]*[A-Z]\w*\b", re.ASCII)
_EDGES = ".,;:!?()[]{}'\"`-/\\"


def identifiers(text: str) -> list[str]:
    """Search terms of the identifiers in `text`, in order, each once, at most MOST_IDENTIFIERS; case is ignored.

    Each is MARK and the identifier without punctuation at its ends.
    """
    matches = (match.group() for chunk in _chunks(text) for match in _IDENTIFIER.finditer(chunk))
    found = (match.rstrip("()").strip(_EDGES).lower() for match in matches)
    return list(islice(dict.fromkeys(MARK + one for one in found if len(one) > 2), MOST_IDENTIFIERS))


def humps(text: str) -> list[str]:
    """The words that camelCase names in `text` are made of, in order: "getUserName" -> get, User, Name."""
    return [hump for chunk in _chunks(text) for name in _CAMEL.findall(chunk) for hump in _HUMP.findall(name)]


def _chunks(text: str) -> Iterator[str]:
    """What stands between spaces, as far as it is no plain word and not too long (patterns are quadratic in it)."""
    return (chunk for chunk in text.split() if len(chunk) <= LONGEST and _ODD.search(chunk))


def posted(text: str) -> list[str]:
    """What a text is found by: search terms, the words within camelCase names, identifiers; repeats included."""
    return [*terms(text), *hump_terms(text), *identifiers(text)]


def hump_terms(text: str) -> list[str]:
    """Search terms of `humps`."""
    return terms(" ".join(humps(text)))
