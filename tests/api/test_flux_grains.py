"""Flux's dialect over REST: what its README sends, and what its clients read."""

import pytest
from django.test import Client

from accounts.scopes import Role


def stored(person, content, **fields):
    return person.call("post", "/store", {"content": content, **fields})


def retrieved(person, query, **headers):
    return person.call("post", "/retrieve", {"query": query}, **headers)


def rated(person, found, at=0, **fields):
    verdict = {"trace_id": found["trace_id"], "grain_id": found["grains"][at]["id"], "useful": True, **fields}
    return person.call("post", "/feedback", verdict)


def test_storing_says_stored_wired_and_a_repeat_duplicate(alice):
    first = stored(alice, "Minerva is the office cat.", provenance="user_stated")
    assert (alice.last.status_code, first["status"]) == (200, "stored_wired")
    assert stored(alice, "Minerva is the office cat.") == {"grain_id": first["grain_id"], "status": "duplicate"}


def test_features_are_kept_beside_the_grain(alice):
    id_ = stored(alice, "Minerva is the office cat.", features=["minerva", "cat"])["grain_id"]
    inspected = alice.inspect(id_)
    assert inspected["metadata"] == {"features": ["minerva", "cat"]}
    assert inspected["provenance"] == "ai_stated"


def test_a_batch_answers_with_ids_and_count(alice):
    items = [{"content": "It rained.", "provenance": "external_source"}, {"content": "It snowed."}]
    answer = alice.call("post", "/store/batch", {"items": items, "caller_id": "codex:chat"})
    assert answer["count"] == len(set(answer["grain_ids"])) == 2


def test_a_bad_item_stores_nothing_of_its_batch(alice):
    items = [{"content": "It rained."}, {"content": "  "}]
    (fault,) = alice.call("post", "/store/batch", {"items": items})["detail"]
    assert (alice.last.status_code, fault["loc"]) == (422, ["body", "items", 1, "content"])
    assert alice.call("get", "/grains")["grains"] == []


def test_a_batch_has_at_most_100_items(alice, settings):
    items = [{"content": f"Fact {n}."} for n in range(101)]
    alice.call("post", "/store/batch", {"items": items})
    assert alice.last.status_code == 422
    settings.FLUX_BATCH = 200
    alice.call("post", "/store/batch", {"items": items[:101]})
    assert alice.last.status_code == 200


def test_retrieving_answers_with_every_field(alice):
    stored(alice, "Minerva is the office cat.")
    found = retrieved(alice, "office cat")
    assert set(found) == {
        "grains", "trace_id", "confidence", "fallback_triggered", "hop_count", "features", "expansion_candidates",
    }  # fmt: skip
    (grain,) = found["grains"]
    assert set(grain) == {"id", "content", "provenance", "decay_class", "score", "confidence", "source"}
    assert grain["content"] == "Minerva is the office cat."


def test_an_empty_query_finds_nothing_and_is_no_error(alice):
    stored(alice, "Minerva is the office cat.")
    assert retrieved(alice, "")["grains"] == []
    assert alice.last.status_code == 200


def test_at_most_five_grains_come_back(alice):
    alice.store_batch(*({"content": f"The office cat number {n} is asleep."} for n in range(8)))
    assert len(retrieved(alice, "office cat")["grains"]) == 5


def test_a_rating_answers_with_action_and_signal(alice):
    stored(alice, "Minerva is the office cat.", provenance="external_source")
    found = retrieved(alice, "office cat")
    answer = rated(alice, found, strength=0.5)
    assert answer == {
        "status": "ok",
        "trace_id": found["trace_id"],
        "grain_id": found["grains"][0]["id"],
        "action": "reinforced",
        "signal": 0.45,
    }
    assert rated(alice, found, useful=False)["action"] == "penalized"


@pytest.mark.parametrize("trace", ["00000000-0000-7000-8000-000000000000", "not-a-uuid"])
def test_a_rating_of_something_unknown_is_skipped(alice, trace):
    grain = stored(alice, "Minerva is the office cat.")["grain_id"]
    answer = alice.call("post", "/feedback", {"trace_id": trace, "grain_id": grain, "useful": True})
    assert (alice.last.status_code, answer["action"], answer["signal"]) == (200, "skipped", 0.0)


def test_bobs_rating_of_alices_recall_is_skipped(alice, bob):
    stored(alice, "Minerva is the office cat.")
    assert rated(bob, retrieved(alice, "cat"))["action"] == "skipped"


def test_a_batch_of_ratings_answers_in_order(alice):
    stored(alice, "Minerva is the office cat.")
    found = retrieved(alice, "cat")
    known = {"trace_id": found["trace_id"], "grain_id": found["grains"][0]["id"], "useful": False}
    items = [known, {**known, "trace_id": "unknown"}]
    answer = alice.call("post", "/feedback/batch", {"items": items})
    assert (answer["status"], answer["count"]) == ("ok", 2)
    assert [one["action"] for one in answer["results"]] == ["penalized", "skipped"]
    assert answer["results"][0]["signal"] == -0.5


def test_unrated_grains_are_pending_and_block_nothing(alice, time_machine):
    time_machine.move_to("2026-05-01T10:00:00Z", tick=True)
    stored(alice, "Minerva is the office cat.")
    headers = {"x-flux-client": "codex", "x-flux-role": "chat"}
    first = retrieved(alice, "cat", **headers)
    time_machine.move_to("2026-05-01T11:00:00Z", tick=True)
    assert retrieved(alice, "office", **headers)["grains"]
    pending = alice.call("get", "/pending_feedback?target_caller_id=codex:chat")
    assert (pending["caller_id"], pending["expected"], pending["missing"]) == ("codex:chat", 2, 2)
    assert {one["trace_id"] for one in pending["pending_traces"]} >= {first["trace_id"]}
    rated(alice, first)
    assert alice.call("get", "/pending_feedback", **headers)["missing"] == 1


def test_headers_name_the_caller_before_the_body_does(alice):
    stored(alice, "Minerva is the office cat.")
    body = {"query": "cat", "caller_id": "someone:chat"}
    alice.call("post", "/retrieve", body, **{"x-caller-id": "codex:background_lookup"})
    assert alice.call("get", "/pending_feedback?target_caller_id=codex:background_lookup")["expected"] == 1
    assert alice.call("get", "/pending_feedback?target_caller_id=someone:chat")["expected"] == 0


def test_grains_are_listed_by_status(alice):
    stored(alice, "x" * 200, provenance="user_stated")
    (grain,) = alice.call("get", "/grains?status=active&limit=10")["grains"]
    assert set(grain) == {"id", "content_snippet", "status", "provenance", "created_at"}
    assert (len(grain["content_snippet"]), grain["status"]) == (120, "active")
    assert alice.call("get", "/grains?status=archived")["grains"] == []
    assert len(alice.call("get", "/grains?limit=-1")["grains"]) == 1
    alice.call("get", "/grains?status=gone")
    assert alice.last.status_code == 422


def test_bob_sees_none_of_alices_grains(alice, bob):
    stored(alice, "Minerva is the office cat.")
    assert bob.call("get", "/grains")["grains"] == []
    assert retrieved(bob, "office cat")["grains"] == []


@pytest.mark.parametrize(
    ("path", "body", "loc"),
    [
        ("/store", {}, ["body", "content"]),
        ("/store", {"content": ""}, ["body", "content"]),
        ("/store", {"content": "x", "provenance": "rumour"}, ["body", "provenance"]),
        ("/store/batch", {}, ["body", "items"]),
        ("/retrieve", {}, ["body", "query"]),
        ("/feedback", {"trace_id": "t", "grain_id": "g"}, ["body", "useful"]),
        ("/feedback", {"trace_id": "t", "grain_id": "g", "useful": True, "strength": 2}, ["body", "strength"]),
        ("/feedback/batch", {"items": [{"trace_id": "t", "useful": True}]}, ["body", "items", 0, "grain_id"]),
    ],
)
def test_faults_are_422_with_their_place(alice, path, body, loc):
    (fault,) = alice.call("post", path, body)["detail"]
    assert (alice.last.status_code, fault["loc"]) == (422, loc)


@pytest.mark.parametrize("path", ["/store", "/store/batch", "/feedback", "/feedback/batch"])
def test_a_reader_may_not_write(alice, path):
    reader = alice.with_role(Role.READER)
    assert "detail" in reader.call("post", path, {})
    assert reader.last.status_code == 403


def test_health_without_a_key_tells_of_the_instance_only(db):
    assert set(Client().get("/health").json()) == {"status", "db", "version"}


def test_health_with_a_key_has_the_seeds_fields_of_its_own_namespace(alice, bob):
    stored(bob, "Minerva is the office cat.")
    stored(alice, "It rained.", provenance="user_stated")
    stored(alice, "It snowed.")
    health = alice.call("get", "/health")
    assert (health["status"], health["db"], health["total_memories"]) == ("ok", "ok", 2)
    assert set(health) >= {
        "memory_mode", "signals", "active_warnings", "caller_feedback", "caller_provenance", "computed_at",
    }  # fmt: skip
    (mine,) = health["caller_provenance"]
    assert (mine["stores"], mine["user_stated"]) == (2, 1)


def test_health_tells_the_holder_of_a_wrong_key_what_anybody_may_know(db):
    answer = Client().get("/health", headers={"authorization": "Bearer gk_wrong"})
    assert (answer.status_code, set(answer.json())) == (200, {"status", "db", "version"})


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "unknown:legacy"),
        ({"x-caller-id": "default"}, "unknown:legacy"),
        ({"x-caller-id": "anonymous"}, "anonymous:legacy"),
        ({"x-caller-id": "claude"}, "claude:chat"),
        ({"x-caller-id": "Codex:Chat"}, "codex:chat"),
        ({"x-caller-id": "codex:planner"}, "codex:other"),
        ({"x-flux-client": "codex"}, "codex:legacy"),
        ({"x-flux-client": "codex", "x-flux-role": "planner"}, "codex:other"),
        ({"x-flux-client": "codex", "x-flux-role": "system", "x-caller-id": "claude:chat"}, "codex:system"),
    ],
)
def test_a_caller_has_fluxs_canonical_name(alice, headers, name):
    assert alice.call("get", "/pending_feedback", **headers)["caller_id"] == name


def test_a_target_is_meant_however_it_is_written(alice):
    stored(alice, "Minerva is the office cat.")
    retrieved(alice, "cat", **{"x-caller-id": "codex"})
    for target in ("codex", "Codex:Chat", "codex:chat"):
        answer = alice.call("get", f"/pending_feedback?target_caller_id={target}")
        assert (answer["caller_id"], answer["expected"]) == ("codex:chat", 1)
