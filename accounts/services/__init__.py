"""Verbs on namespaces, keys and quotas."""
