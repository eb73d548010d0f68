"""Tables of the learning side, by subject: a module each."""

from learning.models.graph import Conduit, DecayClass, Entry, EntryKind, Relation, Wording

__all__ = ["Conduit", "DecayClass", "Entry", "EntryKind", "Relation", "Wording"]
