"""Two levels of remembered vectors: this process, then Valkey.

Keys name the model, the caller's scope and a digest of the text, never the text: one scope's entries are
invisible to another, by timing too. Vectors are kept as float32, so that a repeated query scores
exactly as it did the first time. Nothing here can fail a call.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from threading import Lock
from typing import Protocol, TypeGuard, cast

import numpy as np
import redis
from numpy.typing import NDArray
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedding.metrics import CACHE_ERRORS, HITS, MISSES

Vector = NDArray[np.float32]

PREFIX = "garner:emb"
# Seconds that a vector stays in Valkey; bounds how long an erased text's vector is kept.
TTL = 3600
# Seconds for which Valkey is left alone after it failed: one that hangs must not cost every call a timeout.
PAUSE = 5.0
# Seconds; the server is on this machine or next to it, and embedding anew takes a few milliseconds.
TIMEOUT = 0.25
WARN_EVERY = 60.0
SCANNED = 1000  # keys that one step of a search among all keys looks at

_log = logging.getLogger(__name__)


class CacheLevel(Protocol):
    """A place where vectors may be found again. Vectors it returns are read-only."""

    def get(self, keys: Sequence[str]) -> dict[str, Vector]:
        """Those of the keys that are here."""
        ...

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Remember, until there is need of the space."""
        ...

    def count(self, prefix: str) -> int:
        """How many keys begin so."""
        ...

    def forget(self, prefix: str) -> int:
        """Forget those keys; return how many there were."""
        ...


def cache_keys(model: str, scope: str, texts: Iterable[str]) -> list[str]:
    """One key per text; the text's digest is keyed with the scope, so that scopes cannot be compared."""
    salt, prefix = _salt(scope), prefix_of(model, scope)
    return [prefix + blake2b(_bytes(text), key=salt, digest_size=16).hexdigest() for text in texts]


def prefix_of(model: str, scope: str) -> str:
    """What all keys of a scope begin with."""
    return f"{PREFIX}:{model}:{_salt(scope)[:12].hex()}:"


def _salt(scope: str) -> bytes:
    return blake2b(_bytes(scope), digest_size=32).digest()


class LocalLevel:
    """The vectors used last in this process, at most `entries` (1.5 KB each at 384 dimensions)."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._lock = Lock()
        self._vectors: OrderedDict[str, Vector] = OrderedDict()

    def get(self, keys: Sequence[str]) -> dict[str, Vector]:
        """See CacheLevel."""
        with self._lock:
            found = {key: self._vectors[key] for key in keys if key in self._vectors}
            for key in found:
                self._vectors.move_to_end(key)
        _count("process", len(keys), len(found))
        return found

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """See CacheLevel; keeps copies, so that no batch is held in memory by one of its rows."""
        own = {key: _frozen(vector.copy()) for key, vector in vectors.items()}
        with self._lock:
            self._vectors.update(own)
            while len(self._vectors) > self._entries:
                self._vectors.popitem(last=False)

    def count(self, prefix: str) -> int:
        """See CacheLevel."""
        with self._lock:
            return sum(key.startswith(prefix) for key in self._vectors)

    def forget(self, prefix: str) -> int:
        """See CacheLevel."""
        with self._lock:
            gone = [key for key in self._vectors if key.startswith(prefix)]
            for key in gone:
                del self._vectors[key]
        return len(gone)


def open_client(url: str) -> redis.Redis:
    """A client that connects at its first use and gives up soon: one try, TIMEOUT for each step."""
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), retries=0)
    )


class ValkeyLevel:
    """Vectors shared by all processes; one round trip a call, and silence when the server is in trouble."""

    def __init__(self, client: redis.Redis, *, dimension: int, ttl: int = TTL) -> None:
        self._client = client
        self._bytes = dimension * np.dtype(np.float32).itemsize
        self._ttl = ttl
        self._resume = 0.0
        self._warn = 0.0

    def get(self, keys: Sequence[str]) -> dict[str, Vector]:
        """See CacheLevel; a value of the wrong size counts as missing."""
        if not keys or self._paused():
            return {}
        try:
            values = cast("list[bytes | None]", self._client.mget(keys))
        except (redis.RedisError, OSError) as error:
            self._failed(error)
            return {}
        pairs = zip(keys, values, strict=True)
        found = {key: np.frombuffer(value, "<f4") for key, value in pairs if self._whole(value)}
        _count("valkey", len(keys), len(found))
        return found

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """See CacheLevel."""
        if not vectors or self._paused():
            return
        try:
            pipeline = self._client.pipeline(transaction=False)
            for key, vector in vectors.items():
                pipeline.set(key, vector.astype("<f4", copy=False).tobytes(), ex=self._ttl)
            pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self._failed(error)

    def count(self, prefix: str) -> int:
        """See CacheLevel; 0 while the server is in trouble."""
        return len(self._named(prefix))

    def forget(self, prefix: str) -> int:
        """See CacheLevel; none while the server is in trouble."""
        keys = self._named(prefix)
        try:
            for start in range(0, len(keys), SCANNED):
                self._client.delete(*keys[start : start + SCANNED])
        except (redis.RedisError, OSError) as error:
            self._failed(error)
            return 0
        return len(keys)

    def _named(self, prefix: str) -> list[bytes]:
        if self._paused():
            return []
        try:
            return list(self._client.scan_iter(match=_literal(prefix) + "*", count=SCANNED))
        except (redis.RedisError, OSError) as error:
            self._failed(error)
            return []

    def _whole(self, value: bytes | None) -> TypeGuard[bytes]:
        return value is not None and len(value) == self._bytes

    def _paused(self) -> bool:
        return time.monotonic() < self._resume

    def _failed(self, error: Exception) -> None:
        """Count, pause, and warn at most once a minute."""
        CACHE_ERRORS.inc()
        now = time.monotonic()
        self._resume = now + PAUSE
        if now >= self._warn:
            self._warn = now + WARN_EVERY
            _log.warning(
                "The embedding cache in Valkey does not answer (%s): embedding without it",
                type(error).__name__,
            )


def _count(level: str, asked: int, found: int) -> None:
    if found:
        HITS.labels(level).inc(found)
    if asked > found:
        MISSES.labels(level).inc(asked - found)


def _literal(text: str) -> str:
    """`text` as a pattern that matches nothing else."""
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)


def _frozen(vector: Vector) -> Vector:
    vector.flags.writeable = False
    return vector


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
