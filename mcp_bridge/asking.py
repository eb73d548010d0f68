"""The bridge's one way to recall: by the formula that the key asks for, else by the dialect's own."""

from dataclasses import replace

from accounts.door import Caller
from retrieval.profiles import Profile as Formula
from retrieval.recall import Recalled, recall
from retrieval.search import Search


def asked(caller: Caller, search: Search, *, formula: Formula = Formula.GARNER) -> Recalled:
    """Recall for an agent. Raises what recall() does."""
    return recall(caller=caller, search=replace(search, profile=Formula(caller.profile or formula)))
