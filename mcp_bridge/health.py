"""How the memory does for one caller: retrieval/health.py, which REST shares."""

from retrieval.health import ANSWERED_AT_LEAST, ENOUGH, RATED_AT_LEAST, Health, health_of, provenance_stored

__all__ = ["ANSWERED_AT_LEAST", "ENOUGH", "RATED_AT_LEAST", "Health", "health_of", "provenance_stored"]
