"""Concurrent calls share batches, and one call's misfortune stays its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event
from time import monotonic, sleep

import numpy as np
import pytest

from embedding.backends import Vectors
from embedding.backends.deterministic import DeterministicEncoder
from embedding.batching import Batcher
from embedding.errors import BatchFull

WAIT = 10  # seconds after which a hang fails the test


class GatedEncoder:
    """The deterministic encoder, which waits at a gate and records what it was asked for."""

    def __init__(self) -> None:
        self.gate = Event()
        self.started = Event()
        self.batches: list[list[str]] = []
        self._inner = DeterministicEncoder()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.started.set()
        assert self.gate.wait(WAIT)
        if "poison" in texts:
            raise ValueError("poison")
        return self._inner.encode(texts)


def batcher(encoder: GatedEncoder, *, lanes: int = 1, size: int = 16, waiting: int = 100) -> Batcher:
    return Batcher(encoder.encode, lanes=lanes, size=size, waiting=waiting)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT / 2  # before a closed gate gives up
    while not condition():
        assert monotonic() < deadline, "did not happen"
        sleep(0.001)


def queue_up(pool: ThreadPoolExecutor, shared: Batcher, calls: Sequence[list[str]]) -> list[Future[Vectors]]:
    """The calls, submitted one by one so that they queue in this order."""
    futures = []
    for number, texts in enumerate(calls, start=1):
        futures.append(pool.submit(shared.encode, texts))
        eventually(partial(_queued, shared, number))
    return futures


def _queued(shared: Batcher, number: int) -> bool:
    return len(shared._queue) == number


def same(vectors: Vectors, texts: Sequence[str]) -> bool:
    return np.array_equal(vectors, DeterministicEncoder().encode(texts))


def test_calls_that_wait_share_the_next_batch_and_each_gets_its_own_rows():
    encoder = GatedEncoder()
    shared = batcher(encoder)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        calls = [["a"], ["b", "c"], ["d"]]
        futures = queue_up(pool, shared, calls)
        encoder.gate.set()
        assert same(first.result(WAIT), ["alone"])
        for call, future in zip(calls, futures, strict=True):
            assert same(future.result(WAIT), call)
    assert encoder.batches == [["alone"], ["a", "b", "c", "d"]]


def test_a_call_that_meets_nobody_is_encoded_at_once_on_its_own_thread():
    encoder = GatedEncoder()
    encoder.gate.set()
    shared = batcher(encoder)
    assert same(shared.encode(["one"]), ["one"])
    assert same(shared.encode(["two"]), ["two"])
    assert encoder.batches == [["one"], ["two"]]


def test_two_lanes_encode_at_the_same_time():
    encoder = GatedEncoder()
    shared = batcher(encoder, lanes=2)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(shared.encode, [text]) for text in ("a", "b")]
        eventually(lambda: len(encoder.batches) == 2)
        encoder.gate.set()
        assert all(future.result(WAIT).shape == (1, 384) for future in futures)


def test_a_failing_batch_fails_only_the_call_at_fault():
    encoder = GatedEncoder()
    shared = batcher(encoder)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        good, bad, also_good = queue_up(pool, shared, [["a"], ["poison"], ["b"]])
        encoder.gate.set()
        assert same(good.result(WAIT), ["a"])
        assert same(also_good.result(WAIT), ["b"])
        with pytest.raises(ValueError, match="poison"):
            bad.result(WAIT)


def test_the_lane_is_free_again_after_a_failure():
    encoder = GatedEncoder()
    encoder.gate.set()
    shared = batcher(encoder)
    for _ in range(3):
        with pytest.raises(ValueError, match="poison"):
            shared.encode(["poison"])
    assert same(shared.encode(["a"]), ["a"])


def test_a_leader_that_is_killed_leaves_nobody_hanging():
    class Killed(BaseException):
        pass

    encoder = GatedEncoder()
    inner = encoder.encode

    def killed_in_company(texts: Sequence[str]) -> Vectors:
        if len(texts) > 1:
            raise Killed
        return inner(texts)

    shared = Batcher(killed_in_company, lanes=1, size=16, waiting=100)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        leader, follower = queue_up(pool, shared, [["a"], ["b"]])
        encoder.gate.set()
        with pytest.raises(Killed):
            leader.result(WAIT)
        assert same(follower.result(WAIT), ["b"])
        assert same(pool.submit(shared.encode, ["c"]).result(WAIT), ["c"])


def test_a_batch_takes_no_more_texts_than_its_size():
    encoder = GatedEncoder()
    shared = batcher(encoder, size=3)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        futures = queue_up(pool, shared, [["a"], ["b"], ["c", "d"], ["e"]])
        encoder.gate.set()
        assert all(len(future.result(WAIT)) in {1, 2} for future in futures)
    assert encoder.batches[1:] == [["a", "b"], ["c", "d", "e"]]


def test_a_call_that_fills_a_batch_by_itself_does_not_queue():
    encoder = GatedEncoder()
    shared = batcher(encoder, size=2)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        large = pool.submit(shared.encode, ["a", "b", "c"])
        eventually(lambda: len(encoder.batches) == 2)
        encoder.gate.set()
        assert same(large.result(WAIT), ["a", "b", "c"])


def test_too_many_waiting_calls_are_refused():
    encoder = GatedEncoder()
    shared = batcher(encoder, waiting=2)
    with ThreadPoolExecutor(8) as pool:
        pool.submit(shared.encode, ["alone"])
        assert encoder.started.wait(WAIT)
        futures = queue_up(pool, shared, [["a"], ["b"]])
        with pytest.raises(BatchFull):
            shared.encode(["c"])
        encoder.gate.set()
        assert all(same(future.result(WAIT), [text]) for text, future in zip("ab", futures, strict=True))


def test_a_storm_of_calls_all_get_their_own_vectors():
    encoder = DeterministicEncoder()
    shared = Batcher(encoder.encode, lanes=2, size=4, waiting=1000)
    calls = [[f"text {n}", f"other {n}"][: 1 + n % 2] for n in range(400)]
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(shared.encode, calls, timeout=WAIT))
    assert all(same(result, call) for result, call in zip(results, calls, strict=True))
    assert (shared._free_lanes, len(shared._queue)) == (2, 0)
