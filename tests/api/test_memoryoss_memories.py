"""memoryOSS's peek, feedback, source, zero knowledge, and versions as ETags."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.door import tenant
from accounts.scopes import Role
from embedding import embed
from grains.models import Posting


def unit(text):
    return embed([text], scope="test")[0].tolist()


def judged(person, id_, action, **fields):
    return person.call("post", "/v1/feedback", {"id": id_, "action": action, **fields})


def test_peeking_shows_metadata_and_a_preview(alice):
    id_ = alice.store("é" * 200, tags=["a"], agent="x", session="s")["id"]
    peeked = alice.call("get", f"/v1/peek/{id_}")
    assert set(peeked) == {
        "id", "agent", "session", "namespace", "tags", "memory_type", "status", "version", "created_at",
        "updated_at", "content_bytes", "preview",
    }  # fmt: skip
    assert (peeked["content_bytes"], peeked["preview"]) == (400, "é" * 120)


def test_bob_cannot_peek_at_alices_memory(alice, bob):
    id_ = alice.store("the safe code is 4711")["id"]
    bob.call("get", f"/v1/peek/{id_}")
    assert bob.last.status_code == 404
    bob.call("get", "/v1/peek/7")
    assert bob.last.status_code == 400


def test_confirming_makes_active_and_adds_evidence(alice):
    id_ = alice.store("It rained.", confidence=0.5)["id"]
    answer = judged(alice, id_, "confirm")
    assert (answer["status"], answer["confidence"], answer["evidence_count"]) == ("active", 0.75, 2)
    assert answer["last_verified_at"]
    assert judged(alice, id_, "confirm")["confidence"] == 1.0


def test_rejecting_contests_and_halves_the_confidence(alice):
    id_ = alice.store("It rained in May.", confidence=0.6)["id"]
    answer = judged(alice, id_, "reject")
    assert (answer["status"], answer["confidence"]) == ("contested", 0.3)
    assert alice.recall("rain") == []
    judged(alice, id_, "confirm")
    assert alice.recall("rain") == ["It rained in May."]


def test_superseding_makes_stale_and_confirms_the_successor(alice):
    old, new = alice.store("The code is 1.")["id"], alice.store("The code is 2.", confidence=0.5)["id"]
    answer = judged(alice, old, "supersede", superseded_by=new)
    assert (answer["status"], answer["superseded_by"]) == ("stale", new)
    found = alice.recalled("code")["memories"]
    assert [(one["memory"]["content"], one["stale"]) for one in found] == [
        ("The code is 2.", False),
        ("The code is 1.", True),
    ]
    assert (alice.inspect(new)["confidence"], alice.inspect(new)["evidence_count"]) == (0.75, 2)
    assert alice.inspect(old)["superseded_by"] == new


def test_a_successor_is_needed_and_another_memory(alice):
    id_ = alice.store("It rained.")["id"]
    judged(alice, id_, "supersede")
    assert alice.last.status_code == 400
    judged(alice, id_, "supersede", superseded_by=id_)
    assert alice.last.status_code == 400
    judged(alice, id_, "supersede", superseded_by=str(uuid4()))
    assert alice.last.status_code == 404


def test_verdicts_on_unknown_or_foreign_memories_are_404(alice, bob):
    id_ = alice.store("It rained.")["id"]
    judged(bob, id_, "reject")
    assert bob.last.status_code == 404
    judged(alice, id_, "praise")
    assert alice.last.status_code == 422


def test_a_reader_may_not_judge(alice):
    id_ = alice.store("It rained.")["id"]
    reader = alice.with_role(Role.READER)
    judged(reader, id_, "reject")
    assert reader.last.status_code == 403


def test_confirming_cannot_make_two_active_memories_the_same(alice):
    id_ = alice.store("It rained.")["id"]
    judged(alice, id_, "reject")
    alice.store("It rained.")
    judged(alice, id_, "confirm")
    assert alice.last.status_code == 409


def test_source_is_open(db):
    answer = Client().get("/v1/source")
    assert answer.status_code == 200
    assert {"license", "version", "source", "notice"} < set(answer.json())


def test_ciphertext_is_found_by_its_vector_and_never_by_its_letters(alice):
    cipher = "c2FmZSBjb2Rl"
    vector = unit("the safe code is 4711")
    id_ = alice.store(cipher, zero_knowledge=True, embedding=vector)["id"]
    found = alice.recalled("what is the code of the safe?", query_embedding=vector)["memories"]
    assert (found[0]["memory"]["content"], found[0]["score"] > 0.5) == (cipher, True)
    with tenant(alice.caller):
        assert not Posting.objects.filter(namespace_id=alice.namespace.pk).exists()
    assert alice.inspect(id_)["zero_knowledge"] is True


def test_ciphertext_is_never_a_repeat(alice):
    vector = unit("the safe code is 4711")
    first = alice.store("cipher", zero_knowledge=True, embedding=vector)
    again = alice.store("cipher", zero_knowledge=True, embedding=vector)
    assert first["id"] != again["id"]
    assert "duplicate" not in again


def test_ciphertext_is_no_context_of_the_next_turn(alice):
    alice.store("cipher", session="s", zero_knowledge=True, embedding=unit("cats"))
    alice.store("It rained.", session="s")
    found = alice.recalled("It rained.", include_embeddings=True)["memories"][0]["memory"]
    assert sum(a * b for a, b in zip(found["embedding"], unit("It rained."), strict=True)) > 0.99


def test_ciphertext_needs_its_vector_and_keeps_it(alice):
    alice.store("cipher", zero_knowledge=True)
    assert alice.last.status_code == 400
    assert "client-provided embedding" in alice.last.json()["error"]
    id_ = alice.store("cipher", zero_knowledge=True, embedding=unit("cats"))["id"]
    alice.update(id=id_, content="other")
    assert alice.last.status_code == 400
    alice.update(id=id_, tags=["seen"])
    assert alice.last.status_code == 200


def test_ciphertext_is_updated_with_a_new_vector_and_its_past_stays(alice):
    id_ = alice.store("old cipher", zero_knowledge=True, embedding=unit("cats"))["id"]
    assert alice.update(id=id_, content="new cipher", embedding=unit("interest rates"))["version"] == 2
    assert alice.recall("x", query_embedding=unit("interest rates")) == ["new cipher"]
    with tenant(alice.caller):
        assert not Posting.objects.filter(namespace_id=alice.namespace.pk).exists()


@pytest.mark.parametrize("change", [{"content": "The dog sleeps."}, {"tags": ["a"]}])
def test_an_update_of_anything_else_brings_no_vector(alice, change):
    id_ = alice.store("The cat sleeps.")["id"]
    answer = alice.update(id=id_, embedding=unit("cats"), **change)
    assert (alice.last.status_code, answer["field"]) == (422, "embedding")


def test_an_embedding_without_zero_knowledge_is_not_used(alice):
    alice.store("The cat sleeps.", embedding=unit("interest rates"))
    assert alice.recalled("Where is the cat?", include_embeddings=True)["memories"][0]["memory"]["embedding"] != unit(
        "interest rates"
    )


def test_a_version_is_an_etag_and_if_match_guards_it(alice):
    id_ = alice.store("It rained.")["id"]
    alice.inspect(id_)
    etag = alice.last["ETag"]
    alice.call("get", f"/v1/peek/{id_}")
    assert alice.last["ETag"] == etag == '"1"'
    change = {"id": id_, "tags": ["wet"]}
    alice.call("patch", "/v1/update", change, **{"if-match": etag})
    assert (alice.last.status_code, alice.last["ETag"]) == (200, '"2"')
    alice.call("patch", "/v1/update", change, **{"if-match": etag})
    assert alice.last.status_code == 412
    alice.call("patch", "/v1/update", change, **{"if-match": "*"})
    assert alice.last.status_code == 200
    alice.call("patch", "/v1/update", change, **{"if-match": "W/x"})
    assert alice.last.status_code == 422


@pytest.mark.parametrize("path", ["/v1/store", "/v1/recall", "/v1/update"])
def test_errors_of_the_sdk_are_sentences(alice, path):
    answer = alice.call("patch" if path.endswith("update") else "post", path, {})
    assert isinstance(answer["error"], str)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "x" * 32769},
        {"content": " \n"},
        {"content": "x", "tags": [str(n) for n in range(51)]},
        {"content": "x", "tags": ["t" * 257]},
        {"content": "x", "agent": "a" * 257},
    ],
    ids=["long content", "blank content", "51 tags", "a long tag", "a long name"],
)
def test_values_outside_the_limits_are_400(alice, fields):
    alice.call("post", "/v1/store", fields)
    assert alice.last.status_code == 400
    answer = alice.store_batch({"content": "good"}, fields)
    assert alice.last.status_code == 400
    assert answer["field"].startswith("memories.1.")


@pytest.mark.parametrize("query", ["x" * 32769, " "])
def test_a_question_outside_the_limits_is_400(alice, query):
    alice.recalled(query)
    assert alice.last.status_code == 400
