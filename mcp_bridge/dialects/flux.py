"""Flux Memory's results: retrieval/dialects/flux.py, which REST shares."""

from retrieval.dialects.flux import *  # noqa: F403
