"""Verbs on grains: store, update, forget. Reading is in grains/selectors.py and retrieval/."""
