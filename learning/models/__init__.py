"""Tables of the learning side, by subject: a module each."""

from learning.models.graph import Conduit, DecayClass, Entry, EntryKind, Relation, Wording
from learning.models.journal import JournalEntry
from learning.models.runs import Run, RunState

__all__ = [
    "Conduit",
    "DecayClass",
    "Entry",
    "EntryKind",
    "JournalEntry",
    "Relation",
    "Run",
    "RunState",
    "Wording",
]
