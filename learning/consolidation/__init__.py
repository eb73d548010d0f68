"""Condensing what has become much: summaries of old episodic memories, merges of near repeats.

Nothing is erased: sources are archived, linked, and come back by undoing. What numbers, dates, names, code and
denials say is decided by the words (text.facts), never by vectors.
"""

from learning.consolidation import linking, merging, summary

__all__ = ["linking", "merging", "summary"]
