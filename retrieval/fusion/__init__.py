"""Fusion: one ranking out of the columns of a candidate pool. Numbers in, numbers out."""

from retrieval.fusion.pool import UNKNOWN_DAY, Pool
from retrieval.fusion.ranking import Facts, Ranking, fuse

__all__ = ["UNKNOWN_DAY", "Facts", "Pool", "Ranking", "fuse"]
