"""What a question says beside its subject: to whom it is put, how to answer, where in the conversation to look."""

import re
from functools import lru_cache

_TELL = "give|provide|tell|show|list|remind|explain|describe|summari[sz]e|recall|find"
_KIND = "clear|comprehensive|complete|detailed|brief|short|full|concise|thorough"
_WITHIN = "across|throughout|during|over|in|from"
_TALK = "conversation|chat|discussion|session|message|question|request"
_SAID = r"say|said|mention(?:ed)?|brought\ up|bring\ up|told\ you|tell\ you|talk(?:ed)?\ about|discuss(?:ed)?"
_ASIDES = tuple(
    re.compile(pattern, re.IGNORECASE | re.VERBOSE)
    for pattern in (
        # the form of the answer
        r"\b mention\ only (?:\ and\ only)? \ \w+ \ (?:item|thing|point|event)s? \b \.?",
        rf"\b (?:a|an|the)? \ ? (?:{_KIND})? \ ? (?:summary|overview|recap) \ of \b",
        r"\b (?:the\ )? order\ in\ which \b | \b in\ (?:chronological\ )?order \b | \b step\ by\ step \b",
        r"\b (?:different|various) \ (?:aspect|thing|part|topic|feature|issue)s \ of \b",
        # where to look
        rf"\b (?:{_WITHIN}) \ (?:all\ )? (?:of\ )? (?:our|my|these|the) \ (?:\w+\ )? (?:{_TALK})s? \b",
        r"\b so\ far \b | \b over\ time \b",
        # to whom it is put
        r"^ (?:hi|hello|hey|ok|okay|so|and|please) [,\ ]+",
        r"\b (?:can|could|would|will) \ you \ (?:please\ )? (?:also\ )?",
        rf"\b (?:please\ )? (?:{_TELL}|walk|help) (?:\ to)? \ (?:me|us) \b (?:\ with|\ through|\ of|\ about)?",
        rf"^ \W* (?:please\ )? (?:{_TELL}|walk\ through) \b",
        # that it was said before
        rf"\b (?:did\ )? (?:i|we|you) \ (?:ever\ )? (?:{_SAID}) \b (?:\ that)? (?:\ (?:i|we|you))?",
    )
)
_SPACES = re.compile(r"\s+")
_LONG_WORD = re.compile(r"\w{3,}")
_SUBJECT_WORDS = 2  # long words that must be left for the rest to be a subject


@lru_cache(maxsize=64)  # a question's text is asked for several times, with names and without
def without_asides(question: str) -> str:
    """The subject of `question`; all of it, unchanged, when there are no asides or they are all there is.

    For the encoder only: asides pull a question's vector towards every other request (worth .03 recall@10 on
    BEAM dev). English.
    """
    subject = question
    for aside in _ASIDES:
        subject = aside.sub(" ", subject)
    if subject == question:
        return question
    subject = _SPACES.sub(" ", subject).strip(" ,.?!;:")
    return subject if len(_LONG_WORD.findall(subject)) >= _SUBJECT_WORDS else question
