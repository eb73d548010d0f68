"""Idempotency-Key: a write that comes twice is done once."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.door import tenant
from accounts.models import KeptAnswer
from accounts.services import idempotency
from accounts.services.idempotency import Answer, Request, answered_once

KEY = {"idempotency-key": "order-1"}


def count(person):
    return person.call("get", "/v1/memories")["total"]


def test_a_repeated_store_is_answered_alike_and_stores_once(alice):
    first = alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert "Idempotent-Replayed" not in alice.last
    again = alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert (again, alice.last["Idempotent-Replayed"]) == (first, "true")
    assert "duplicate" not in again
    assert count(alice) == 1


def test_a_repeated_batch_stores_once(alice):
    body = {"memories": [{"content": "It rained."}, {"content": "It snowed."}]}
    first = alice.call("post", "/v1/store/batch", body, **KEY)
    assert alice.call("post", "/v1/store/batch", body, **KEY) == first


def test_the_key_with_another_body_is_refused(alice):
    alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    answer = alice.call("post", "/v1/store", {"content": "It snowed."}, **KEY)
    assert (alice.last.status_code, answer["code"]) == (422, "idempotency_key_reused")
    assert count(alice) == 1


def test_the_key_at_another_address_is_another_request(alice):
    alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    alice.call("post", "/store", {"content": "It snowed."}, **KEY)
    assert (alice.last.status_code, count(alice)) == (200, 2)


def test_bobs_key_is_not_alices(alice, bob):
    first = alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert bob.call("post", "/v1/store", {"content": "It rained."}, **KEY)["id"] != first["id"]


def test_an_update_is_done_once(alice):
    id_ = alice.store("It rained.")["id"]
    change = {"id": id_, "tags": ["wet"]}
    first = alice.call("patch", "/v1/update", change, **KEY)
    again = alice.call("patch", "/v1/update", change, **KEY)
    assert (first, first["version"], alice.last["ETag"]) == (again, 2, '"2"')


def test_deleting_in_memexs_dialect_is_204_again(alice):
    pair = {"agent_id": "a", "user_id": "u"}
    id_ = alice.call("post", "/v1/memories", {**pair, "content": "It rained."})["id"]
    for _ in range(2):
        alice.call("delete", f"/v1/memories/{id_}?agent_id=a", **KEY)
        assert alice.last.status_code == 204


def test_content_is_not_kept_and_comes_back_all_the_same(alice):
    body = {"agent_id": "a", "user_id": "u", "content": "the safe code is 4711"}
    first = alice.call("post", "/v1/memories", body, **KEY)
    assert alice.call("post", "/v1/memories", body, **KEY) == first
    with tenant(alice.caller):
        (kept,) = KeptAnswer.objects.filter(namespace_id=alice.namespace.pk)
    assert "4711" not in str(kept.answer)


def test_a_refused_write_is_not_kept(alice):
    alice.call("post", "/v1/store", {"content": ""}, **KEY)
    assert alice.last.status_code == 400
    alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert alice.last.status_code == 200


def test_an_answer_is_kept_for_a_day(alice, time_machine):
    time_machine.move_to(datetime(2026, 5, 1, 10, tzinfo=UTC), tick=False)
    alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    time_machine.move_to(datetime(2026, 5, 2, 9, 59, tzinfo=UTC), tick=False)
    alice.call("post", "/v1/store", {"content": "It snowed."}, **KEY)
    assert alice.last.status_code == 422
    time_machine.move_to(datetime(2026, 5, 2, 10, 1, tzinfo=UTC), tick=False)
    alice.call("post", "/v1/store", {"content": "It snowed."}, **KEY)
    assert alice.last.status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(alice, key):
    alice.call("post", "/v1/store", {"content": "It rained."}, **{"idempotency-key": key})
    assert alice.last.status_code == 422


def test_a_request_in_flight_is_409(alice):
    started, done, answers = threading.Event(), threading.Event(), []

    def slow() -> Answer:
        started.set()
        assert done.wait(10)
        return Answer(200, {"id": 1})

    def serve() -> None:
        request = Request("order-1", "POST /v1/store", {"content": "It rained."})
        answers.append(answered_once(caller=alice.caller, request=request, work=slow))
        connection.close()

    first = threading.Thread(target=serve)
    first.start()
    assert started.wait(10)
    answer = alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert (alice.last.status_code, answer["code"]) == (409, "in_flight")
    done.set()
    first.join()
    assert alice.call("post", "/v1/store", {"content": "It rained."}, **KEY) == {"id": 1}
    assert answers == [(Answer(200, {"id": 1}), False)]


def test_a_write_whose_answer_cannot_be_kept_is_not_done(alice, monkeypatch):
    def broken(data):
        raise RuntimeError("no")

    monkeypatch.setattr(idempotency, "_without_content", broken)
    alice.call("post", "/v1/store", {"content": "It rained."}, **KEY)
    assert alice.last.status_code == 500
    assert count(alice) == 0
