"""Entries of a text: the keys through which a question comes in and under which a memory is filed."""

from collections.abc import Sequence

from grains.identity import term_keys
from learning.models import EntryKind
from retrieval.question import Question
from text.normal import folded


def question_entries(namespace_id: int, question: Question, terms: Sequence[int]) -> dict[int, tuple[EntryKind, float]]:
    """Key -> (kind, gain) of a question's entries. Terms share one voice, since together they say what is asked."""
    found: dict[int, tuple[EntryKind, float]] = {key: (EntryKind.TERM, 1 / len(terms)) for key in terms}
    found |= dict.fromkeys(entity_keys(namespace_id, sorted(question.exact)), (EntryKind.ENTITY, 1.0))
    if question.named:
        found[author_key(namespace_id, question.named)] = (EntryKind.AUTHOR, 1.0)
    return found


def entity_keys(namespace_id: int, entities: Sequence[str]) -> list[int]:
    """Keys of names, numbers and codes, in order; others than those of the same words as terms."""
    return term_keys(namespace_id, [f"entity\0{entity}" for entity in entities])


def author_key(namespace_id: int, author: str) -> int:
    """The key of an author, however written."""
    return term_keys(namespace_id, [f"author\0{folded(author)}"])[0]


def wording_key(namespace_id: int, query: str) -> int:
    """The key of a question as it was put, regardless of case and spaces."""
    return term_keys(namespace_id, [f"wording\0{' '.join(folded(query).split())}"])[0]
