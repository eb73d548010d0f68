"""What was changed automatically, why, and how to undo it.

An *aspect* is one kind of thing that can be put back: a grain's status, a conduit. A change names aspects with values
by id, before and after; undoing writes the values of before, unless something else has changed them since.
"""

from learning.journal.aspects import Aspect, aspect
from learning.journal.entries import entry_write
from learning.journal.undo import CannotUndo, Undone, journal_undo

__all__ = ["Aspect", "CannotUndo", "Undone", "aspect", "entry_write", "journal_undo"]
