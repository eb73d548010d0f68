"""Verbs that change the graph: keyword-only, each in one transaction with its deed."""
