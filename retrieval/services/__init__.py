"""Verbs of the read side that write: ratings of recalls."""
