"""The package's face: one encoder a process, chosen by the settings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from prometheus_client import REGISTRY

import embedding
from embedding import service
from embedding.backends.deterministic import DeterministicEncoder
from embedding.backends.onnx_encoder import OnnxEncoder
from embedding.errors import BackendUnknown


@pytest.fixture(autouse=True)
def fresh(settings):
    """Each test starts without an encoder, and leaves none of its own to other tests."""
    service.reset()
    yield
    service.reset()


def calls(operation: str) -> float:
    return REGISTRY.get_sample_value("garner_embedding_seconds_count", {"operation": operation}) or 0.0


def test_the_setting_chooses_the_backend(settings, model_folder):
    settings.EMBEDDING_BACKEND = "deterministic"
    assert isinstance(embedding.encoder(), DeterministicEncoder)
    service.reset()
    settings.EMBEDDING_BACKEND = "onnx"
    assert isinstance(embedding.encoder(), OnnxEncoder)


def test_an_unknown_backend_is_told(settings):
    settings.EMBEDDING_BACKEND = "magic"
    with pytest.raises(BackendUnknown, match="magic"):
        embedding.encoder()


def test_threads_that_start_together_share_one_encoder(settings, monkeypatch):
    settings.EMBEDDING_BACKEND = "deterministic"
    with ThreadPoolExecutor(8) as pool:
        encoders = list(pool.map(lambda _: embedding.encoder(), range(32)))
    assert len({id(encoder) for encoder in encoders}) == 1


def test_queries_and_stores_get_the_encoders_vectors_and_are_counted(settings):
    settings.EMBEDDING_BACKEND = "deterministic"
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    before = calls("query"), calls("store")
    query = embedding.embed(["tea", "coffee"], scope="alice")
    store = embedding.embed(["tea", "coffee"], scope="alice", operation="store")
    assert np.array_equal(query, store)
    assert np.array_equal(query, DeterministicEncoder().encode(["tea", "coffee"]))
    assert (calls("query"), calls("store")) == (before[0] + 1, before[1] + 1)


def test_a_shared_valkey_is_used_through_the_settings(settings, valkey):
    settings.EMBEDDING_BACKEND = "deterministic"
    settings.REDIS_URL = f"unix://{valkey.socket}?db=2"
    embedding.embed(["tea"], scope="alice")
    assert valkey.client().info("keyspace")["db2"]["keys"] == 1


def test_warming_up_loads_the_model(settings, model_folder):
    settings.EMBEDDING_BACKEND = "onnx"
    embedding.warm_up()
    assert service._loaded.cache_info().currsize == 1
