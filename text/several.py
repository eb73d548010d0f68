"""Several questions in one: "When does the pool close, and who has the key?" is two."""

import re

from text.tokens import terms

MOST_PARTS = 3  # more are a list, or no questions at all
LEAST_TERMS = 2  # search terms of a part; with fewer ("and when?") it means nothing alone

_ASKS = "what|which|who|whom|whose|when|where|why|how"
_VERB = "did|do|does|is|are|am|was|were|has|have|had|can|could|will|would|shall|should|may|might|must"
# A part that asks has its verb before its subject: "when did I leave", but not "when I left"; who may be the subject.
_INVERTED = rf"(?:who|(?:{_ASKS})(?:\s+[\w'’-]+){{0,4}}?\s+(?:{_VERB}))\b|(?:what|who|where|when|how|why)['’]s\b"
_CUT = re.compile(
    rf"""\?\s+(?:(?:and|also|or|but),?\s+)?
    | [;,]\s*(?:(?:and|or|also|but)\s+)?(?={_INVERTED})
    | \s+and\s+(?={_INVERTED})""",
    re.IGNORECASE | re.VERBOSE,
)
_BEGINS = re.compile(
    rf"^\W*(?:(?:hi|hello|hey|ok|okay|please|so|in|at|on|for|from|to|with|by|of)\W+)*(?:{_INVERTED}|(?:{_VERB})\b)",
    re.IGNORECASE,
)


def questions_in(text: str) -> tuple[str, ...]:
    """The questions that `text` is made of, in order, two or three; none where it is one, or anything else. English."""
    parts = [part.strip(" ,;") for part in _CUT.split(text) if part.strip(" ,;?.!")]
    if not 2 <= len(parts) <= MOST_PARTS:
        return ()
    if not all(_BEGINS.match(part) and len(set(terms(part))) >= LEAST_TERMS for part in parts):
        return ()
    return tuple(part if part.endswith("?") else f"{part.rstrip('.!')}?" for part in parts)
