"""The bridge's one way to recall: by the formula that the key asks for, else by the dialect's own."""

from datetime import datetime

from accounts.door import Caller
from grains.filters import Filter
from retrieval.profiles import Profile as Formula
from retrieval.recall import Recalled, recall
from retrieval.search import Search


def asked(
    caller: Caller,
    query: str,
    limit: int,
    where: Filter | None = None,
    *,
    as_of: datetime | None = None,
    alpha: float = 0.7,
    formula: Formula = Formula.GARNER,
) -> Recalled:
    """Recall for an agent. `alpha` matters to memex's formula only. Raises what recall() does."""
    by = Formula(caller.profile or formula)
    return recall(caller=caller, search=Search(query, limit, where or Filter(), as_of, profile=by, alpha=alpha))
