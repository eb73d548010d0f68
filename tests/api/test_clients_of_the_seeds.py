"""The requests that memoryOSS's SDK, memex's load test and Flux's README send, in their order."""

from django.test import Client

from accounts.scopes import Role
from accounts.services.keys import key_create
from tests.people import Person


def test_memoryosss_sdk_does_its_round(alice):
    web = Client()
    token = web.post("/v1/auth/token", {"api_key": alice.secret}, content_type="application/json").json()["token"]
    sdk = Person(alice.namespace, token)
    one = sdk.call("post", "/v1/store", {"content": "It rained.", "tags": ["a"], "agent": "x", "session": "s"})
    assert set(one) == {"id", "version"}
    many = sdk.call("post", "/v1/store/batch", {"memories": [{"content": "It snowed."}]})
    assert len(many["stored"]) == 1
    found = sdk.call("post", "/v1/recall", {"query": "rain", "limit": 10})["memories"]
    assert {"memory", "score", "provenance"} <= set(found[0])
    read = {
        "id", "content", "tags", "agent", "session", "namespace", "memory_type", "version", "created_at", "updated_at",
    }  # fmt: skip
    assert read <= set(found[0]["memory"])
    assert sdk.call("patch", "/v1/update", {"id": one["id"], "content": "It poured."})["version"] == 2
    assert sdk.call("delete", "/v1/forget", {})["error"]
    assert sdk.call("delete", "/v1/forget", {"ids": [one["id"]]}) == {"deleted": 1}
    assert sdk.call("get", "/health")["status"] == "ok"


def test_memexs_load_test_does_its_round(alice):
    texts = ["User prefers dark mode.", "User is learning Rust."]
    for agent in range(2):
        for text in texts:
            body = {"agent_id": f"agent-{agent}", "user_id": "user-0", "content": text, "importance": 1.0}
            alice.call("post", "/v1/memories", {**body, "memory_type": "episodic"})
            assert alice.last.status_code == 201
    search = {"agent_id": "agent-0", "user_id": "user-0", "query": "What does the user like?", "top_k": 5, "alpha": 0.7}
    assert alice.call("post", "/v1/memories/search", search)["total"] == 2
    assert alice.last.status_code == 200


def test_fluxs_readme_does_its_round(alice):
    stored = alice.call("post", "/store", {"content": "User prefers Python.", "provenance": "user_stated"})
    found = alice.call("post", "/retrieve", {"query": "language preference", "caller_id": "codex"})
    assert found["grains"][0]["id"] == stored["grain_id"]
    verdict = {"trace_id": found["trace_id"], "grain_id": stored["grain_id"], "useful": True}
    assert alice.call("post", "/feedback", verdict)["action"] == "reinforced"
    assert alice.call("get", "/pending_feedback?target_caller_id=codex:chat")["missing"] == 0


def test_a_keys_profile_ranks_where_the_request_names_none(alice, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    alice.store("Our office cat is called Minerva.")
    time_machine.move_to("2026-06-01T00:00:00Z", tick=True)
    alice.store("Interest rates fell by a quarter.")
    new = key_create(namespace=alice.namespace, scopes=Role.READER.scopes, grains_per_minute=0, profile="memex")
    key = Person(alice.namespace, new.secret)
    question = "What is the office cat called?"
    assert key.recall(question, alpha=0)[0] == "Interest rates fell by a quarter."
    assert key.recall(question, alpha=0, profile="garner")[0] == "Our office cat is called Minerva."
