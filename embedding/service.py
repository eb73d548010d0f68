"""Text to vectors for the rest of Garner: one encoder a process, caches before it, metrics around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np
from django.conf import settings

from embedding.backends import Encoder, Vectors
from embedding.backends.deterministic import DeterministicEncoder
from embedding.batching import Batcher
from embedding.cache import CacheLevel, LocalLevel, ValkeyLevel, Vector, cache_keys, open_client
from embedding.errors import BackendUnknown
from embedding.metrics import SECONDS
from embedding.minilm import DIMENSION

Operation = Literal["query", "store"]

# Entries of the process's own level: 6 MB at 384 dimensions.
LOCAL_ENTRIES = 4096
# Two calls compute at a time, others queue and share. Measured with 16 threads on 2 cores, texts of 13-20
# tokens: .92 ms of CPU a text against 1.01 without sharing, p95 18 ms against 24. One lane saves 3 % more and
# halves the throughput. The setting EMBEDDING_LANES, where there is one, overrides it: as many lanes as
# threads means no sharing.
LANES = 2
SHARED_BATCH = 16
WAITING = 256

BACKENDS = ("onnx", "openai", "sentence-transformers", "deterministic")


@dataclass(frozen=True, slots=True)
class EmbeddingService:
    """An encoder with its batcher and cache levels, nearest first."""

    encoder: Encoder
    batcher: Batcher
    levels: Sequence[CacheLevel]

    def embed(self, texts: Sequence[str], *, scope: str, operation: Operation) -> Vectors:
        """See the module's embed()."""
        with SECONDS.labels(operation).time():
            if not texts:
                return np.empty((0, self.encoder.dimension), np.float32)
            if operation == "store":
                return self.batcher.encode(texts)
            return self._remembered(texts, scope)

    def _remembered(self, texts: Sequence[str], scope: str) -> Vectors:
        keys = cache_keys(self.encoder.name, scope, texts)
        wanted = dict(zip(keys, texts, strict=True))
        found: dict[str, Vector] = {}
        for depth, level in enumerate(self.levels):
            here = level.get([key for key in wanted if key not in found])
            for nearer in self.levels[:depth]:
                nearer.put(here)
            found |= here
            if len(found) == len(wanted):
                break
        missing = {key: text for key, text in wanted.items() if key not in found}
        if missing:
            fresh = dict(zip(missing, self.batcher.encode(list(missing.values())), strict=True))
            for level in self.levels:
                level.put(fresh)
            found |= fresh
        return np.stack([found[key] for key in keys])


def levels() -> Sequence[CacheLevel]:
    """Where this process remembers vectors, nearest first."""
    return _service().levels


def encoder() -> Encoder:
    """This process's encoder, by the setting EMBEDDING_BACKEND; loaded, and built if need be, at first call.

    Raises BackendUnknown, WeightsMissing, WeightsMismatch or ModelCorrupt.
    """
    return _service().encoder


def embed(texts: Sequence[str], *, scope: str, operation: Operation = "query") -> Vectors:
    """One unit vector per text, float32 (len(texts), dimension), in the order given.

    Vectors of queries are remembered per `scope`, an opaque string: give each namespace its own, so that no
    tenant learns from timing what another has asked, and change it to disown what was remembered. Texts to
    `store` are hardly ever seen twice and are not remembered.
    Raises BatchFull when too many calls wait, and what encoder() raises.
    """
    return _service().embed(texts, scope=scope, operation=operation)


def warm_up() -> None:
    """Load the model and run it once: some 400 ms, and 3 s more where it was never built. Before traffic."""
    _service().encoder.encode(["warm up"])


def reset() -> None:
    """Forget the process's encoder and caches: the next call reads the settings anew. For tests."""
    with _loading:
        _loaded.cache_clear()


_loading = Lock()


def _service() -> EmbeddingService:
    with _loading:
        return _loaded()


@cache
def _loaded() -> EmbeddingService:
    backend = _backend(settings.EMBEDDING_BACKEND, Path(settings.GARNER_HOME))
    lanes: int = getattr(settings, "EMBEDDING_LANES", LANES)
    batcher = Batcher(backend.encode, lanes=lanes, size=SHARED_BATCH, waiting=WAITING)
    address = settings.REDIS_URL
    client = open_client(str(getattr(address, "cache", address)))
    shared = ValkeyLevel(client, dimension=backend.dimension)
    return EmbeddingService(encoder=backend, batcher=batcher, levels=[LocalLevel(LOCAL_ENTRIES), shared])


def _backend(name: str, home: Path) -> Encoder:
    if name == "deterministic":
        return DeterministicEncoder()
    if name == "onnx":
        return _onnx(home)
    if name == "openai":
        return _endpoint()
    if name == "sentence-transformers":
        return _sentence_transformer()
    raise BackendUnknown(f"EMBEDDING_BACKEND is {name!r}, expected one of {', '.join(BACKENDS)}")


def _endpoint() -> Encoder:
    from embedding.backends.endpoint import Endpoint, EndpointEncoder  # noqa: PLC0415 - see _onnx

    if not settings.EMBEDDING_URL or not settings.EMBEDDING_MODEL:
        raise BackendUnknown("The backend openai needs GARNER_EMBEDDING_URL and GARNER_EMBEDDING_MODEL")
    key = settings.EMBEDDING_API_KEY
    return EndpointEncoder(Endpoint(settings.EMBEDDING_URL, settings.EMBEDDING_MODEL, key), DIMENSION)


def _sentence_transformer() -> Encoder:
    from embedding.backends.sentence_transformer import SentenceTransformerEncoder  # noqa: PLC0415 - see _onnx

    if not settings.EMBEDDING_MODEL:
        raise BackendUnknown("The backend sentence-transformers needs GARNER_EMBEDDING_MODEL: a name or a folder")
    return SentenceTransformerEncoder(settings.EMBEDDING_MODEL, DIMENSION)


def _onnx(home: Path) -> Encoder:
    """Imported when asked for: other backends do without, and `python -m embedding.build` loads this."""
    from embedding.backends.onnx_encoder import OnnxEncoder  # noqa: PLC0415
    from embedding.build import ensure_model  # noqa: PLC0415

    return OnnxEncoder(ensure_model(home))
