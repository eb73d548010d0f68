"""Bad input is refused with a sentence, a code and the field; nothing of it is stored."""

from typing import Any

import pytest

from grains.selectors import grain_count
from tests.people import Person

SHAPE = {"error", "code", "field"}
UNKNOWN = "00000000-0000-7000-8000-000000000000"
DEEP: Any = {}
for _ in range(300):
    DEEP = {"d": DEEP}


def refused(person: Person, answer: Any, *statuses: int) -> bool:
    sentence = isinstance(answer["error"], str) and len(answer["error"]) > 10
    return person.last.status_code in statuses and set(answer) == SHAPE and sentence


STORE = {
    "no content": ({}, "content"),
    "null content": ({"content": None}, "content"),
    "empty": ({"content": ""}, "content"),
    "blank": ({"content": " \n\t\u3000"}, "content"),
    "over 32 KiB": ({"content": "x" * 32769}, "content"),
    "over 32 KiB in bytes": ({"content": "é" * 16385}, "content"),
    "NUL": ({"content": "a\0b"}, "content"),
    "a number": ({"content": 7}, "content"),
    "a flag": ({"content": True}, "content"),
    "a list": ({"content": ["x"]}, "content"),
    "an object": ({"content": {"x": 1}}, "content"),
    "NUL in a name": ({"content": "x", "agent": "a\0"}, "agent"),
    "a number as a name": ({"content": "x", "session": 1}, "session"),
    "a long name": ({"content": "x", "author": "a" * 257}, "author"),
    "51 tags": ({"content": "x", "tags": [str(n) for n in range(51)]}, "tags"),
    "a tag of 257 bytes": ({"content": "x", "tags": ["é" * 129]}, "tags"),
    "an empty tag": ({"content": "x", "tags": [""]}, "tags"),
    "a blank tag": ({"content": "x", "tags": [" "]}, "tags"),
    "NUL in a tag": ({"content": "x", "tags": ["a\0"]}, "tags"),
    "a number as a tag": ({"content": "x", "tags": [1]}, "tags"),
    "a nested tag": ({"content": "x", "tags": [["a"]]}, "tags"),
    "tags as text": ({"content": "x", "tags": "a,b"}, "tags"),
    "tags as an object": ({"content": "x", "tags": {"a": 1}}, "tags"),
    "an unknown type": ({"content": "x", "memory_type": "dream"}, "memory_type"),
    "a number as type": ({"content": "x", "memory_type": 1}, "memory_type"),
    "an unknown provenance": ({"content": "x", "provenance": "oracle"}, "provenance"),
    "importance over 2": ({"content": "x", "importance": 2.01}, "importance"),
    "importance under 0": ({"content": "x", "importance": -0.01}, "importance"),
    "importance as text": ({"content": "x", "importance": "1"}, "importance"),
    "importance as flag": ({"content": "x", "importance": True}, "importance"),
    "confidence over 1": ({"content": "x", "confidence": 1.01}, "confidence"),
    "metadata over 16 KiB": ({"content": "x", "metadata": {"k": "v" * 16384}}, "metadata"),
    "metadata as a list": ({"content": "x", "metadata": [1]}, "metadata"),
    "metadata as text": ({"content": "x", "metadata": "{}"}, "metadata"),
    "NUL in metadata": ({"content": "x", "metadata": {"k": ["a\0"]}}, "metadata"),
    "NUL in a metadata key": ({"content": "x", "metadata": {"a\0": 1}}, "metadata"),
    "deep metadata": ({"content": "x", "metadata": DEEP}, ""),
    "no date": ({"content": "x", "occurred_at": "yesterday"}, "occurred_at"),
    "the 30th of February": ({"content": "x", "occurred_at": "2026-02-30T00:00:00Z"}, "occurred_at"),
    "a date as a number": ({"content": "x", "occurred_at": 1767225600}, "occurred_at"),
    "a date before all time": ({"content": "x", "occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    "an end before the start": (
        {"content": "x", "valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"},
        "valid_to",
    ),
}


@pytest.mark.parametrize("name", STORE)
def test_a_store_refuses(alice: Person, name: str) -> None:
    body, field = STORE[name]
    answer = alice.call("post", "/v1/store", body)
    assert refused(alice, answer, 400, 422), answer
    assert (answer["field"] or "").split(".")[0] == field
    assert grain_count(caller=alice.caller) == 0


@pytest.mark.parametrize("name", STORE)
def test_a_batch_refuses_it_too(alice: Person, name: str) -> None:
    body, field = STORE[name]
    answer = alice.store_batch({"content": "good"}, body)
    assert refused(alice, answer, 400, 422), answer
    assert (answer["field"] or "").startswith(f"memories.1.{field}" if field else "")
    assert grain_count(caller=alice.caller) == 0


QUERIES = {
    "no query": {},
    "empty": {"query": ""},
    "blank": {"query": " \n"},
    "over 32 KiB": {"query": "x" * 32769},
    "NUL": {"query": "a\0"},
    "a number": {"query": 1},
    "limit 0": {"query": "x", "limit": 0},
    "limit -1": {"query": "x", "limit": -1},
    "limit as text": {"query": "x", "limit": "5"},
    "limit 1.5": {"query": "x", "limit": 1.5},
    "limit as flag": {"query": "x", "limit": True},
    "51 tags": {"query": "x", "tags": [str(n) for n in range(51)]},
    "tags as text": {"query": "x", "tags": "a"},
    "an unknown type": {"query": "x", "memory_type": "dream"},
    "no moment": {"query": "x", "before": "soon"},
    "a moment as a number": {"query": "x", "as_of": 1},
    "NUL in a filter": {"query": "x", "session": "a\0"},
    "NUL in a metadata filter": {"query": "x", "metadata": {"a": "\0"}},
    "NUL as a metadata key": {"query": "x", "metadata": {"\0": 1}},
    "a deep metadata filter": {"query": "x", "metadata": DEEP},
    "a large metadata filter": {"query": "x", "metadata": {"k": "v" * 16384}},
    "metadata as a list": {"query": "x", "metadata": [1]},
    "embeddings perhaps": {"query": "x", "include_embeddings": "yes"},
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_recall_refuses(alice: Person, name: str) -> None:
    alice.store("x", metadata={"a": 1})
    answer = alice.call("post", "/v1/recall", QUERIES[name])
    assert refused(alice, answer, 400, 422), answer


@pytest.mark.parametrize("metadata", [{"a": "\0"}, DEEP, {"k": "v" * 16384}], ids=["NUL", "deep", "large"])
def test_forget_refuses_metadata_that_no_memory_can_have(alice: Person, metadata: Any) -> None:
    answer = alice.forget(metadata=metadata)
    assert refused(alice, answer, 400, 422), answer


def test_a_backslash_before_u0000_is_no_nul(alice: Person) -> None:
    id_ = alice.store("x", metadata={"path": "\\u0000"})["id"]
    assert alice.inspect(id_)["metadata"] == {"path": "\\u0000"}


@pytest.mark.parametrize("id_", ["", "x", UNKNOWN[:-1], 7, True, [UNKNOWN], None])
def test_an_id_is_a_uuid_as_text(alice: Person, id_: Any) -> None:
    for answer in (
        alice.call("patch", "/v1/update", {"id": id_, "content": "x"}),
        alice.forget(ids=[id_]),
        alice.call("post", "/v1/feedback/trace", {"trace_id": id_, "ratings": [{"grain_id": UNKNOWN, "useful": True}]}),
    ):
        assert refused(alice, answer, 400, 422), answer


@pytest.mark.parametrize("path", ["/v1/store", "/v1/store/batch", "/v1/recall", "/v1/feedback/trace"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}x",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"true",
        b"NaN",
        b'{"content": NaN, "query": NaN}',
        b'{"content": "x", "query": "x", "importance": Infinity, "limit": Infinity}',
        b'{"content": "x", "query": "x", "importance": 1e999, "limit": 1e999}',
        b'{"content": "\\ud800", "query": "\\udfff"}',
        b'{"content": "\xff\xfe", "query": "\xff"}',
        b"{'content': 'x'}",
        b"[" * 100_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    ],
    ids=range(18),
)
def test_what_is_no_json_object_is_refused(alice: Person, path: str, body: bytes) -> None:
    answer = alice.call("post", path, body)
    assert refused(alice, answer, 400, 422), answer
    assert grain_count(caller=alice.caller) == 0


def test_unknown_fields_are_ignored_where_nothing_is_deleted(alice: Person) -> None:
    alice.store("x", colour="blue")
    assert alice.last.status_code == 200


@pytest.mark.parametrize("number", [2**63, 2**64 - 1, 6.022e23, -1e30, -(2**63), 1.7976931348623157e308, 5e-324])
def test_huge_numbers_in_metadata_come_back_as_they_were(alice: Person, number: float) -> None:
    id_ = alice.store("x", metadata={"n": [number]})["id"]
    assert alice.inspect(id_)["metadata"] == {"n": [number]}
    (found,) = alice.recalled("x", metadata={"n": [number]})["memories"]
    assert found["memory"]["metadata"] == {"n": [number]}
    assert alice.call("get", "/v1/memories")["memories"][0]["metadata"] == {"n": [number]}
