"""Arguments as models really send them."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from tests.mcp_bridge.agents import Agent, requested, text
from tests.mcp_bridge.test_raw_json_rpc import LEGACY, headers, message


def test_null_counts_as_left_out(alice):
    nothing = {"tags": None, "author": None, "occurred_at": None, "importance": None, "session": None}
    stored = Agent(alice.secret).ask("remember", content="The oars are in the loft.", **nothing)
    assert Agent(alice.secret).ask("update", id=stored["id"], content=None, tags=None, importance=2)["version"] == 2


def test_a_list_may_come_as_json_text(alice):
    Agent(alice.secret).ask("remember", content="The oars are in the loft.", tags='["boat", "loft"]')
    assert Agent(alice.secret).ask("list_memories", tags='["loft"]')["memories"][0]["tags"] == ["boat", "loft"]


@pytest.mark.parametrize("content", ['["a", "list"]', '{"a": 1}', "null", "42", "true", '"quoted"'])
def test_a_memory_that_looks_like_json_stays_text(alice, content):
    stored = Agent(alice.secret).ask("remember", content=content)
    Agent(alice.secret).ask("update", id=stored["id"], content=f"{content} ")
    assert Agent(alice.secret).ask("list_memories")["memories"][0]["content"] == content


def test_tags_can_be_taken_away(alice):
    stored = Agent(alice.secret).ask("remember", content="The oars are in the loft.", tags=["boat"])
    Agent(alice.secret).ask("update", id=stored["id"], tags=[])
    assert Agent(alice.secret).ask("list_memories")["memories"][0]["tags"] == []


def test_features_author_and_time_are_kept(alice):
    fact = {
        "author": "Ben",
        "occurred_at": "2024-05-04T10:00:00",
        "features": ["row"],
    }
    Agent(alice.secret).ask("remember", content="Ann rows on Sundays.", **fact)
    Agent(alice.secret, profile="flux").ask("flux_store", content="Ann swims on Mondays.", **fact)
    for memory in alice.call("get", "/v1/memories")["memories"]:
        assert memory["author"] == "Ben"
        assert memory["occurred_at"] == "2024-05-04T10:00:00Z"
        assert memory["metadata"] == {"features": ["row"]}


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("remember", {}, "content"),
        ("remember", {"content": 7}, "content"),
        ("remember", {"content": "x", "importance": 3}, "importance"),
        ("remember", {"content": "x", "provenance": "rumour"}, "provenance"),
        ("remember", {"content": "x", "occurred_at": "yesterday"}, "occurred_at"),
        ("remember", {"content": "x", "colour": "red"}, "colour"),
        ("remember", {"content": "  "}, "content"),
        ("remember", {"content": "a\u0000b"}, "content"),
        ("remember", {"content": "x" * 33_000}, "content"),
        ("recall", {"query": ""}, "query"),
        ("recall", {"query": "x", "limit": 0}, "limit"),
        ("update", {"id": "nonsense", "content": "x"}, "id"),
        ("update", {"id": "01a1fcf2-0b46-70d4-9fef-b67555470780"}, "field"),
        ("feedback", {"trace_id": "01a1fcf2-0b46-70d4-9fef-b67555470780"}, "useful"),
        ("explain", {"trace_id": "01a1fcf2-0b46-70d4-9fef-b67555470780"}, "recall"),
        ("list_memories", {"cursor": "01a1fcf2-0b46-70d4-9fef-b67555470780"}, "cursor"),
        ("onboard", {"operating_mode": "telepathy"}, "operating_mode"),
    ],
)
def test_what_is_wrong_is_named_in_a_sentence_that_says_what_to_do(alice, tool, arguments, named):
    answer = Agent(alice.secret).call(tool, **arguments)
    assert answer.is_error
    assert named in text(answer)
    assert text(answer).endswith(".")
    assert "pydantic" not in text(answer)
    assert len(text(answer)) < 400


def test_values_are_not_repeated_in_errors(alice):
    answer = Agent(alice.secret).call("remember", content="x", importance="swordfish")
    assert "swordfish" not in text(answer)


def test_a_failure_that_nobody_foresaw_tells_nothing_of_itself(alice, monkeypatch):
    def broken(**_):
        raise RuntimeError("swordfish")

    monkeypatch.setattr("mcp_bridge.tools.garner.grain_store", broken)
    answer = Agent(alice.secret).call("remember", content="The oars are in the loft.")
    assert answer.is_error
    assert "swordfish" not in text(answer)
    assert "Go on without it" in text(answer)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(
    ["content", "query", "tags", "ids", "id", "limit", "trace_id", "useful", "occurred_at", "before"]
)


@rules(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tool=st.sampled_from(["remember", "recall", "update", "forget", "feedback", "list_memories", "explain"]),
    arguments=st.dictionaries(_names, _json, max_size=5),
)
def test_no_arguments_break_a_tool(alice, tool, arguments):
    call = message("tools/call", {"name": tool, "arguments": arguments})
    answer = requested("POST", "/mcp", json.dumps(call).encode(), headers(alice.secret, mcp_protocol_version=LEGACY))
    told = answer.json()
    assert answer.status_code == 200 or "error" in told
    result = told.get("result", {})
    assert result.get("_meta", {}).get("code") != "internal", result
