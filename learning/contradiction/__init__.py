"""Contradiction and supersession: which memory says that another no longer holds, and what becomes of the two."""
