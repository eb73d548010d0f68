"""Bob has alice's ids and her words, and gets nothing through any tool, resource or prompt of any profile."""

from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from mcp_bridge.profiles import Profile
from tests.mcp_bridge.agents import MODES, Agent, text

SECRET = "The safe in the cellar opens with 4711 and a kick."
QUESTION = "What opens the safe in the cellar?"


@pytest.fixture
def hers(alice) -> dict[str, str]:
    """What alice has stored and recalled."""
    agent = Agent(alice.secret)
    stored = agent.ask("remember", content=SECRET, agent="scout", user="ann", tags=["safe"], session="s1")
    found = agent.ask("recall", query=QUESTION)
    assert found["memories"][0]["content"] == SECRET
    return {"grain": stored["id"], "trace": found["trace_id"]}


def attempts(profile: str, hers: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    grain, trace = hers["grain"], hers["trace"]
    pair = {"agent_id": "scout", "user_id": "ann"}
    tried: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "garner": [
            ("recall", {"query": QUESTION}),
            ("recall", {"query": SECRET, "agent": "scout", "user": "ann", "tags": ["safe"], "session": "s1"}),
            ("update", {"id": grain, "content": "Opened."}),
            ("forget", {"ids": [grain]}),
            ("forget", {"tags": ["safe"]}),
            ("feedback", {"trace_id": trace, "useful": [grain]}),
            ("list_memories", {}),
            ("list_memories", {"cursor": grain}),
            ("explain", {"trace_id": trace}),
            ("explain", {"trace_id": trace, "memory_id": grain}),
            ("memory_health", {}),
            ("onboard", {}),
        ],
        "flux": [
            ("flux_retrieve", {"query": QUESTION}),
            ("flux_feedback", {"trace_id": trace, "grain_id": grain, "useful": False}),
            ("flux_list_grains", {}),
            ("flux_pending_feedback", {"target_caller_id": "scripted-agent:legacy"}),
            ("flux_health", {}),
            ("flux_onboard", {}),
        ],
        "memoryoss": [
            ("recall", {"query": QUESTION}),
            ("recall", {"query": QUESTION, "namespace": "alice-1"}),
            ("update", {"id": grain, "content": "Opened."}),
            ("forget", {"ids": [grain]}),
        ],
        "operator": [
            ("show_review_queue", {}),
            ("decide_review", {"review_key": f"c.{grain}", "action": "confirm"}),
            ("decide_review", {"review_key": f"co.{grain}", "action": "confirm"}),
            ("list_automatic_changes", {}),
            ("list_automatic_changes", {"memory_id": grain}),
            ("undo_change", {"id": grain}),
            ("move_memories", {"ids": [grain], "status": "archived"}),
            ("preview_retention", {}),
        ],
        "memex": [
            ("search_memories", {**pair, "query": QUESTION}),
            ("delete_memory", {"agent_id": "scout", "memory_id": grain}),
            ("count_memories", pair),
        ],
    }
    return tried[profile]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("profile", list(Profile))
def test_bob_gets_nothing_of_alices_through_any_tool(alice, bob, hers, profile, mode):
    async def try_all(client):
        return [(await client.call_tool(name, arguments), name) for name, arguments in attempts(profile, hers)]

    for answer, name in Agent(bob.secret, profile=profile, mode=mode).run(try_all):
        told = f"{text(answer)}{answer.structured_content}"
        assert "4711" not in told, name
        assert "kick" not in told, name
        assert alice.namespace.name not in told, name
        assert hers["grain"] not in (str(answer.structured_content) if name != "flux_feedback" else ""), name
    untouched = Agent(alice.secret).ask("explain", trace_id=hers["trace"])["results"][0]
    assert (untouched["content"], untouched["useful"]) == (SECRET, None)


def test_bobs_counts_do_not_include_alices(bob, hers):
    agent = Agent(bob.secret)
    assert agent.ask("list_memories")["total"] == 0
    assert agent.ask("memory_health")["memories"] == {}
    pair = {"agent_id": "scout", "user_id": "ann"}
    assert Agent(bob.secret, profile="memex").ask("count_memories", **pair)["count"] == 0
    assert Agent(bob.secret, profile="flux").ask("flux_pending_feedback")["expected"] == 0


@pytest.mark.parametrize("uri", ["garner://grain/{grain}", "garner://trace/{trace}"])
def test_bob_reads_no_resource_of_alices(alice, bob, hers, uri):
    async def read(client):
        return (await client.read_resource(uri.format(**hers))).contents[0].text

    assert SECRET in Agent(alice.secret).run(read)
    with pytest.raises(MCPError) as refused:
        Agent(bob.secret).run(read)
    assert "4711" not in str(refused.value)


@pytest.mark.parametrize(
    ("prompt", "arguments"),
    [("recall_before_answering", {"question": QUESTION}), ("what_do_you_know_about_me", {"user": "ann"})],
)
def test_bobs_prompts_know_nothing_of_alices(alice, bob, hers, prompt, arguments):
    async def get(client):
        return (await client.get_prompt(prompt, arguments)).messages[0].content.text

    assert SECRET in Agent(alice.secret).run(get)
    assert "4711" not in Agent(bob.secret).run(get)


def test_the_health_resource_is_of_the_keys_own_namespace(alice, bob, hers):
    async def read(client):
        return (await client.read_resource("garner://health")).contents[0].text

    assert '"active": 1' in Agent(alice.secret).run(read)
    assert '"active"' not in Agent(bob.secret).run(read)
