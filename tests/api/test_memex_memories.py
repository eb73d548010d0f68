"""memex's dialect: what its README and its load test send, and what they read."""

import re
from uuid import uuid4

import pytest

from accounts.scopes import Role

PAIR = {"agent_id": "load-agent-1", "user_id": "load-user-1"}


def stored(person, content, **fields):
    return person.call("post", "/v1/memories", {**PAIR, "content": content, **fields})


def searched(person, query, **fields):
    return person.call("post", "/v1/memories/search", {**PAIR, "query": query, **fields})


def test_storing_answers_201_with_the_memory(alice):
    answer = stored(alice, "User prefers dark mode.", importance=1.5, memory_type="semantic", unknown="ignored")
    assert alice.last.status_code == 201
    assert set(answer) == {
        "id", "agent_id", "user_id", "content", "importance", "memory_type", "created_at", "score",
    }  # fmt: skip
    assert answer["score"] is None
    assert (answer["agent_id"], answer["importance"], answer["memory_type"]) == ("load-agent-1", 1.5, "semantic")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", answer["created_at"])


def test_a_memory_is_episodic_and_of_importance_1_unless_said(alice):
    answer = stored(alice, "It rained.")
    assert (answer["memory_type"], answer["importance"]) == ("episodic", 1.0)


def test_a_repeat_answers_with_the_memory_that_is_there(alice):
    first = stored(alice, "It rained.", importance=0.5)
    again = stored(alice, "It rained.")
    assert alice.last.status_code == 201
    assert (again["id"], again["importance"], again["created_at"]) == (first["id"], 0.5, first["created_at"])


def test_searching_answers_with_results_query_and_total(alice):
    stored(alice, "Our office cat is called Minerva.")
    stored(alice, "The printer is on the third floor.")
    answer = searched(alice, "name of the pet at work", top_k=5, alpha=0.7)
    assert alice.last.status_code == 200
    assert answer["query"] == "name of the pet at work"
    assert answer["total"] == len(answer["results"]) == 2
    assert answer["results"][0]["content"] == "Our office cat is called Minerva."
    score = answer["results"][0]["score"]
    assert score == round(score, 4)


def test_a_search_finds_the_pairs_memories_only(alice):
    stored(alice, "The safe code is 4711.")
    assert searched(alice, "safe code", user_id="load-user-2")["results"] == []
    assert searched(alice, "safe code", agent_id="load-agent-2")["results"] == []


def test_a_search_can_be_limited_to_a_memory_type(alice):
    stored(alice, "Cats sleep a lot.", memory_type="procedural")
    stored(alice, "Cats sleep often.", memory_type="semantic")
    found = searched(alice, "cats", memory_type="semantic")["results"]
    assert [one["content"] for one in found] == ["Cats sleep often."]
    assert searched(alice, "cats", memory_type=None)["total"] == 2


def test_alpha_1_is_the_cosine_alone(alice, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    stored(alice, "Our office cat is called Minerva.")
    time_machine.move_to("2026-09-01T00:00:00Z", tick=True)
    stored(alice, "The printer is on the third floor.")
    found = searched(alice, "What is the office cat called?", alpha=1.0)["results"]
    assert found[0]["content"] == "Our office cat is called Minerva."
    assert found[0]["score"] > 0.6 > found[1]["score"]


def test_alpha_0_is_the_newest_first_over_all_the_pairs_memories(alice, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    facts = [f"The office cat number {n} is called Minerva." for n in range(80)]
    alice.store_batch(*({"content": fact, "agent": PAIR["agent_id"], "user": PAIR["user_id"]} for fact in facts))
    time_machine.move_to("2026-02-01T00:00:00Z", tick=True)
    stored(alice, "Interest rates fell by a quarter.")
    (newest,) = searched(alice, "What is the office cat called?", alpha=0, top_k=1)["results"]
    assert newest["content"] == "Interest rates fell by a quarter."
    assert newest["score"] == pytest.approx(1.0, abs=0.001)


def test_recency_halves_in_30_days(alice, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    stored(alice, "It rained.")
    time_machine.move_to("2026-01-31T00:00:00Z", tick=True)
    (found,) = searched(alice, "weather", alpha=0)["results"]
    assert found["score"] == pytest.approx(0.5, abs=0.001)


def test_the_half_life_is_a_setting(alice, time_machine, settings):
    settings.MEMEX_HALF_LIFE_DAYS = 1.0
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    stored(alice, "It rained.")
    time_machine.move_to("2026-01-03T00:00:00Z", tick=True)
    (found,) = searched(alice, "weather", alpha=0)["results"]
    assert found["score"] == pytest.approx(0.25, abs=0.001)


def test_importance_moves_a_memory(alice):
    stored(alice, "The cat sleeps on the sofa.", importance=0)
    stored(alice, "The cat sleeps on the couch.", importance=2)
    first, second = searched(alice, "Where does the cat sleep?", alpha=1)["results"]
    assert (first["importance"], second["importance"]) == (2.0, 0.0)


def test_deleting_needs_the_right_agent(alice):
    id_ = stored(alice, "It rained.")["id"]
    stranger = {"detail": "Memory not found or does not belong to this agent."}
    assert alice.call("delete", f"/v1/memories/{id_}?agent_id=other") == stranger
    assert alice.last.status_code == 404
    assert alice.call("delete", f"/v1/memories/{id_}?agent_id=load-agent-1") is None
    assert alice.last.status_code == 204
    assert alice.call("delete", f"/v1/memories/{id_}?agent_id=load-agent-1") == stranger


def test_a_writer_may_delete_and_a_reader_may_not(alice):
    id_ = stored(alice, "It rained.")["id"]
    reader, writer = alice.with_role(Role.READER), alice.with_role(Role.WRITER)
    assert "detail" in reader.call("delete", f"/v1/memories/{id_}?agent_id=load-agent-1")
    assert reader.last.status_code == 403
    writer.call("delete", f"/v1/memories/{id_}?agent_id=load-agent-1")
    assert writer.last.status_code == 204


def test_bob_cannot_delete_alices_memory(alice, bob):
    id_ = stored(alice, "It rained.")["id"]
    bob.call("delete", f"/v1/memories/{id_}?agent_id=load-agent-1")
    assert bob.last.status_code == 404
    assert searched(alice, "rain")["total"] == 1


def test_deleting_an_unknown_id_is_404_and_a_bad_one_422(alice):
    alice.call("delete", f"/v1/memories/{uuid4()}?agent_id=a")
    assert alice.last.status_code == 404
    (fault,) = alice.call("delete", "/v1/memories/7?agent_id=a")["detail"]
    assert (alice.last.status_code, fault["loc"], fault["type"]) == (422, ["path", "id"], "uuid_parsing")


def test_counting_a_pair(alice):
    stored(alice, "It rained.")
    answer = alice.call("get", "/v1/memories/count?agent_id=load-agent-1&user_id=load-user-1")
    assert answer == {**PAIR, "count": 1}
    assert alice.call("get", "/v1/memories/count?agent_id=&user_id=")["count"] == 0


def test_a_fault_is_told_as_fastapi_does(alice):
    body = {"agent_id": "a", "content": "It rained.", "importance": 3}
    faults = {fault["loc"][-1]: fault for fault in alice.call("post", "/v1/memories", body)["detail"]}
    assert alice.last.status_code == 422
    assert faults["user_id"] == {"type": "missing", "loc": ["body", "user_id"], "msg": "Field required", "input": body}
    assert faults["importance"]["type"] == "less_than_equal"
    assert faults["importance"]["input"] == 3


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/memories", {**PAIR, "content": ""}, "content"),
        ("/v1/memories", {**PAIR, "content": "x" * 8001}, "content"),
        ("/v1/memories", {**PAIR, "content": "nul \x00"}, "content"),
        ("/v1/memories", {**PAIR, "content": "   "}, "content"),
        ("/v1/memories", {**PAIR, "content": "x", "memory_type": "working"}, "memory_type"),
        ("/v1/memories", {**PAIR, "content": "x", "agent_id": "a" * 129}, "agent_id"),
        ("/v1/memories", {**PAIR, "content": "x", "user_id": 7}, "user_id"),
        ("/v1/memories/search", {**PAIR, "query": ""}, "query"),
        ("/v1/memories/search", {**PAIR, "query": "x" * 2001}, "query"),
        ("/v1/memories/search", {**PAIR, "query": "x", "top_k": 51}, "top_k"),
        ("/v1/memories/search", {**PAIR, "query": "x", "top_k": 0}, "top_k"),
        ("/v1/memories/search", {**PAIR, "query": "x", "alpha": 1.1}, "alpha"),
    ],
)
def test_values_outside_the_limits_are_422(alice, path, body, field):
    (fault,) = alice.call("post", path, body)["detail"]
    assert alice.last.status_code == 422
    assert fault["loc"] == ["body", field]
    assert {"type", "msg", "input"} < set(fault)


def test_a_body_that_is_no_json_is_422(alice):
    (fault,) = alice.call("post", "/v1/memories", "{")["detail"]
    assert (alice.last.status_code, fault["type"]) == (422, "json_invalid")


@pytest.mark.parametrize("path", ["/v1/memories/count", "/v1/memories/count?agent_id=a"])
def test_counting_needs_both_parameters(alice, path):
    faults = alice.call("get", path)["detail"]
    assert alice.last.status_code == 422
    assert faults[-1]["loc"] == ["query", "user_id"]


def test_without_a_key_the_error_is_in_the_dialect(alice, client):
    answer = client.post("/v1/memories/search", {}, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (401, {"detail"})


def test_listing_goes_on_working_at_the_same_address(alice):
    stored(alice, "It rained.")
    assert [one["agent"] for one in alice.call("get", "/v1/memories")["memories"]] == ["load-agent-1"]
    assert set(alice.call("get", "/v1/memories?limit=x")) == {"error", "code", "field"}


def test_writes_and_searches_have_a_limit_a_minute(alice, settings):
    settings.MEMEX_WRITES_PER_MINUTE, settings.MEMEX_SEARCHES_PER_MINUTE = 2, 1
    key = alice.with_role(Role.WRITER, grains_per_minute=100)
    codes = []
    for n in range(3):
        answer = stored(key, f"Fact {n}.")
        codes.append(key.last.status_code)
    assert codes == [201, 201, 429]
    assert 1 <= int(key.last["Retry-After"]) <= 120
    assert "detail" in answer
    searched(key, "fact")
    assert key.last.status_code == 200
    searched(key, "fact")
    assert key.last.status_code == 429


def test_a_key_without_limits_has_none_of_these(alice, settings):
    settings.MEMEX_WRITES_PER_MINUTE = 1
    codes = []
    for n in range(3):
        stored(alice, f"Fact {n}.")
        codes.append(alice.last.status_code)
    assert codes == [201, 201, 201]


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v1/memories", {**PAIR, "content": 7}, "string_type"),
        ("/v1/memories", {**PAIR, "content": "x", "importance": "much"}, "float_type"),
        ("/v1/memories/search", {**PAIR, "query": "x", "top_k": "many"}, "int_type"),
        ("/feedback", {"trace_id": "t", "grain_id": "g", "useful": "perhaps"}, "bool_type"),
        ("/store/batch", {"items": [{"content": "x"}] * 101}, "too_long"),
        ("/v1/memories", {**PAIR, "content": "x" * 8001}, "string_too_long"),
        ("/v1/memories", [], "model_attributes_type"),
    ],
)
def test_a_fault_has_pydantics_name(alice, path, body, kind):
    (fault,) = alice.call("post", path, body)["detail"]
    assert (alice.last.status_code, fault["type"]) == (422, kind)


def test_a_bad_id_comes_back(alice):
    (fault,) = alice.call("delete", "/v1/memories/7?agent_id=a")["detail"]
    assert fault["input"] == "7"
