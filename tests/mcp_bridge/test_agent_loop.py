"""A scripted agent works through a day, as the onboarding tells it to."""

from typing import Any

import pytest

from tests.mcp_bridge.agents import MODES, Agent, data, text

FACTS = [
    "Ann prefers window seats on trains.",
    "Ann is allergic to walnuts since childhood.",
    "Ann's train to Basel leaves at 7:14 from platform 9.",
    "Ann booked a table at the Krone for six people.",
    "Ann does not eat walnut bread because of her allergy.",
]
QUESTION = "What must Ann not eat?"


def place(found: dict[str, Any], id_: str) -> int:
    return [memory["id"] for memory in found["memories"]].index(id_)


@pytest.mark.parametrize("mode", MODES)
def test_onboard_recall_remember_feedback_and_recall_again(alice, mode):
    async def day(client):
        told = data(await client.call_tool("onboard", {}))
        for tool in ("recall", "remember", "feedback"):
            assert f"`{tool}" in told["instructions"]
        nothing = data(await client.call_tool("recall", {"query": QUESTION}))
        assert (nothing["decision"], nothing["memories"]) == ("abstain", [])
        for fact in FACTS:
            data(await client.call_tool("remember", {"content": fact, "provenance": "user_stated"}))
        first = data(await client.call_tool("recall", {"query": QUESTION}))
        praised = first["memories"][1]["id"]
        scorned = first["memories"][-1]["id"]
        ratings = {"trace_id": first["trace_id"], "useful": [praised], "not_useful": [scorned]}
        assert data(await client.call_tool("feedback", ratings))["recorded"] == 2
        second = data(await client.call_tool("recall", {"query": QUESTION}))
        assert place(second, praised) <= place(first, praised)
        health = data(await client.call_tool("memory_health", {}))
        assert (health["recalls"], health["memories"]) == (3, {"active": len(FACTS)})
        assert health["waiting_for_feedback"] == len(first["memories"]) - 2 + len(second["memories"])

    Agent(alice.secret, mode=mode).run(day)


def test_a_flux_agent_pays_its_feedback(alice):
    async def day(client):
        for fact in FACTS:
            data(await client.call_tool("flux_store", {"content": fact}))
        found = data(await client.call_tool("flux_retrieve", {"query": QUESTION}))
        owed = data(await client.call_tool("flux_pending_feedback", {}))
        assert owed["pending_traces"][0]["trace_id"] == found["trace_id"]
        assert len(owed["pending_traces"][0]["pending_grain_ids"]) == len(found["grains"]) == 5
        for grain in found["grains"]:
            rating = {"trace_id": found["trace_id"], "grain_id": grain["id"], "useful": "walnut" in grain["content"]}
            action = data(await client.call_tool("flux_feedback", rating))["action"]
            assert action == ("reinforced" if rating["useful"] else "penalized")
        assert data(await client.call_tool("flux_pending_feedback", {}))["pending_traces"] == []
        signals = data(await client.call_tool("flux_health", {}))["signals"]
        assert signals["feedback_compliance_rate"] == {"value": 1.0, "healthy": True}

    Agent(alice.secret, profile="flux").run(day)


def test_feedback_on_what_was_not_recalled_is_skipped_in_flux_and_refused_in_ours(alice):
    stored = Agent(alice.secret).ask("remember", content=FACTS[0])
    other = Agent(alice.secret).ask("remember", content=FACTS[3])
    found = Agent(alice.secret).ask("recall", query="train seat", limit=1)
    stranger = next(one["id"] for one in (stored, other) if one["id"] != found["memories"][0]["id"])
    rating = {"trace_id": found["trace_id"], "grain_id": stranger, "useful": True}
    assert Agent(alice.secret, profile="flux").ask("flux_feedback", **rating)["action"] == "skipped"
    refused = Agent(alice.secret).call("feedback", trace_id=found["trace_id"], useful=[stranger])
    assert refused.is_error
    assert "that recall's own results" in text(refused)
