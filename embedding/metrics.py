"""Prometheus metrics of embedding."""

from prometheus_client import Counter, Histogram

SECONDS = Histogram(
    "garner_embedding_seconds",
    "Seconds of one call of embed(), caches included.",
    ["operation"],
    buckets=(0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.006, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
)
HITS = Counter("garner_embedding_cache_hits", "Vectors found in a cache.", ["level"])
MISSES = Counter("garner_embedding_cache_misses", "Vectors looked for in a cache and not found.", ["level"])
CACHE_ERRORS = Counter("garner_embedding_cache_errors", "Failed round trips to Valkey; the calls themselves went on.")
