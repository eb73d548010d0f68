"""Normal forms of text: what is stored, what cannot be, and how words are compared."""

import re
import unicodedata

# A word of a name or a sentence: letters and digits, with inner apostrophes and hyphens (O'Brien, Jean-Luc).
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$")
_NUL = "\0"


def normal(text: str) -> str:
    """`text` in NFC: the form that is stored, compared and fingerprinted."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def unstorable(text: str) -> bool:
    """Whether PostgreSQL or UTF-8 would refuse `text`: it holds NUL or a lone surrogate."""
    return holds_nul(text) or holds_surrogate(text)


def holds_nul(text: str) -> bool:
    """Whether `text` holds U+0000, which no PostgreSQL text can."""
    return _NUL in text


def holds_surrogate(text: str) -> bool:
    """Whether `text` holds half of a surrogate pair, which UTF-8 cannot encode."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def folded(text: str) -> str:
    """`text` as it is compared without regard to case, width or ligatures (NFKC of its case folding)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def plain_word(word: str) -> str:
    """A word as it is looked up: folded, without a possessive ending."""
    plain = folded(word)
    return _POSSESSIVE.sub("", plain) if plain.endswith("s") else plain


def first_word(name: str) -> str:
    """The first word of a name as it is looked up, or "" when there is none: "Ana's phone" -> "ana"."""
    found = WORD.search(name)
    return plain_word(found.group()) if found else ""
