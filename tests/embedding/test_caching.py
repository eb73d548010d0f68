"""Vectors are remembered in the process and in Valkey, per scope, and a broken Valkey changes nothing."""

import logging
from collections.abc import Sequence

import numpy as np
import pytest
import redis
from prometheus_client import REGISTRY

from embedding.backends import Vectors
from embedding.backends.deterministic import DeterministicEncoder
from embedding.batching import Batcher
from embedding.cache import TTL, CacheLevel, LocalLevel, ValkeyLevel, cache_keys
from embedding.service import EmbeddingService


class CountingEncoder(DeterministicEncoder):
    """The deterministic encoder, which remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().encode(texts)


def service(*levels: CacheLevel) -> tuple[EmbeddingService, CountingEncoder]:
    encoder = CountingEncoder()
    batcher = Batcher(encoder.encode, lanes=1, size=16, waiting=100)
    return EmbeddingService(encoder=encoder, batcher=batcher, levels=levels), encoder


def valkey_level(client: redis.Redis) -> ValkeyLevel:
    return ValkeyLevel(client, dimension=384)


def ask(service: EmbeddingService, *texts: str, scope: str = "alice") -> Vectors:
    return service.embed(texts, scope=scope, operation="query")


def test_a_repeated_text_is_not_encoded_again_and_gives_the_same_bits():
    embedding, encoder = service(LocalLevel(10))
    first, second = ask(embedding, "tea"), ask(embedding, "tea")
    assert encoder.asked == ["tea"]
    assert first.tobytes() == second.tobytes()


def test_a_text_twice_in_one_call_is_encoded_once_and_order_is_kept():
    embedding, encoder = service(LocalLevel(10))
    ask(embedding, "b")
    vectors = ask(embedding, "a", "b", "a", "c")
    assert encoder.asked == ["b", "a", "c"]
    assert np.array_equal(vectors, DeterministicEncoder().encode(["a", "b", "a", "c"]))


def test_bob_does_not_find_what_alice_has_embedded(valkey):
    embedding, encoder = service(LocalLevel(10), valkey_level(valkey.client()))
    ask(embedding, "secret plan", scope="alice")
    ask(embedding, "secret plan", scope="bob")
    assert encoder.asked == ["secret plan", "secret plan"]


def test_another_process_finds_the_vector_in_valkey(valkey):
    one, _ = service(LocalLevel(10), valkey_level(valkey.client()))
    other, encoder = service(LocalLevel(10), valkey_level(valkey.client()))
    vector = ask(one, "tea")
    assert ask(other, "tea").tobytes() == vector.tobytes()
    assert encoder.asked == []


def test_what_valkey_knew_is_remembered_in_the_process(valkey):
    one, _ = service(valkey_level(valkey.client()))
    other, encoder = service(LocalLevel(10), valkey_level(valkey.client()))
    ask(one, "tea")
    ask(other, "tea")
    valkey.client().flushall()
    ask(other, "tea")
    assert encoder.asked == []


def test_every_entry_in_valkey_expires_and_names_no_text(valkey):
    embedding, _ = service(valkey_level(valkey.client()))
    ask(embedding, "the safe code is 4711", scope="alice-namespace")
    (key,) = valkey.client().keys("*")
    assert key.startswith(b"garner:emb:deterministic-words-1:")
    assert b"4711" not in key
    assert b"alice" not in key
    assert 0 < valkey.client().ttl(key) <= TTL


def test_texts_to_store_are_not_remembered(valkey):
    embedding, encoder = service(LocalLevel(10), valkey_level(valkey.client()))
    for _ in range(2):
        embedding.embed(["a memory"], scope="alice", operation="store")
    assert encoder.asked == ["a memory", "a memory"]
    assert valkey.client().dbsize() == 0


def test_a_valkey_that_is_down_fails_no_call_and_warns_once(valkey, caplog):
    embedding, _ = service(valkey_level(valkey.client()))
    valkey.stop()
    with caplog.at_level(logging.WARNING, logger="embedding.cache"):
        vectors = [ask(embedding, text) for text in ("a", "b", "c")]
    assert all(len(vector) == 1 for vector in vectors)
    assert len(caplog.records) == 1


def test_a_valkey_that_stays_down_is_told_once_a_minute(valkey, caplog):
    level = valkey_level(valkey.client())
    valkey.stop()
    with caplog.at_level(logging.WARNING, logger="embedding.cache"):
        for _ in range(3):
            level._resume = 0.0
            level.get(["key"])
        assert len(caplog.records) == 1
        level._resume = level._warn = 0.0
        level.get(["key"])
    assert len(caplog.records) == 2


def test_a_valkey_in_trouble_is_left_alone_for_a_while(valkey):
    level = valkey_level(valkey.client())
    keys = cache_keys("m", "alice", ["tea"])
    vector = DeterministicEncoder().encode(["tea"])[0]
    level.put({keys[0]: vector})
    level._failed(redis.TimeoutError())
    assert level.get(keys) == {}
    level._resume = 0.0
    assert np.array_equal(level.get(keys)[keys[0]], vector)


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 1537])
def test_a_damaged_entry_counts_as_missing(valkey, damaged):
    embedding, encoder = service(valkey_level(valkey.client()))
    (key,) = cache_keys("deterministic-words-1", "alice", ["tea"])
    valkey.client().set(key, damaged)
    ask(embedding, "tea")
    assert encoder.asked == ["tea"]


def test_an_entry_of_another_type_fails_no_call(valkey):
    embedding, encoder = service(valkey_level(valkey.client()))
    (key,) = cache_keys("deterministic-words-1", "alice", ["tea"])
    valkey.client().lpush(key, "not a string")
    assert ask(embedding, "tea").shape == (1, 384)
    assert encoder.asked == ["tea"]


def test_the_process_keeps_only_the_entries_used_last():
    embedding, encoder = service(LocalLevel(2))
    for text in ("a", "b", "a", "c", "a", "b"):
        ask(embedding, text)
    assert encoder.asked == ["a", "b", "c", "b"]


def test_a_caller_may_change_what_it_was_given():
    embedding, _ = service(LocalLevel(2))
    ask(embedding, "a")[:] = 0
    ask(embedding, "a")[:] = 0
    assert np.linalg.norm(ask(embedding, "a")) == pytest.approx(1)


def test_keys_differ_by_model_scope_and_text():
    keys = [
        *cache_keys("m1", "alice", ["tea", "coffee"]),
        *cache_keys("m2", "alice", ["tea"]),
        *cache_keys("m1", "bob", ["tea"]),
    ]
    assert len(set(keys)) == 4
    digests = {key.rsplit(":", 1)[1] for key in (keys[0], keys[3])}
    assert len(digests) == 2, "the same text must not be recognisable across scopes"


def test_no_texts_give_no_vectors():
    embedding, _ = service(LocalLevel(2))
    assert ask(embedding).shape == (0, 384)
    assert embedding.embed([], scope="alice", operation="store").shape == (0, 384)


def test_hits_and_misses_are_counted_by_level(valkey):
    embedding, _ = service(LocalLevel(10), valkey_level(valkey.client()))
    before = {name: counted(*name) for name in COUNTED}
    ask(embedding, "counted text", scope="counting")
    ask(embedding, "counted text", scope="counting")
    assert {name: counted(*name) - before[name] for name in COUNTED} == {
        ("hits", "process"): 1,
        ("misses", "process"): 1,
        ("hits", "valkey"): 0,
        ("misses", "valkey"): 1,
    }


COUNTED = [(kind, level) for kind in ("hits", "misses") for level in ("process", "valkey")]


def counted(kind: str, level: str) -> float:
    name = f"garner_embedding_cache_{kind}_total"
    return REGISTRY.get_sample_value(name, {"level": level}) or 0.0
