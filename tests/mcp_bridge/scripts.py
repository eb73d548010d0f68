"""What an agent of each profile does in one sitting: every tool once, each answer looked at."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp.client.client import Client

from tests.mcp_bridge.agents import data, text

FACT = "The spare key of the boat house lies under the third flower pot."
QUESTION = "Where is the spare key of the boat house?"
TOOLS = {
    "garner": {
        *("remember", "recall", "update", "forget", "feedback"),
        *("list_memories", "explain", "memory_health", "onboard"),
    },
    "flux": {
        *("flux_store", "flux_retrieve", "flux_feedback", "flux_health", "flux_list_grains", "flux_onboard"),
        "flux_pending_feedback",
    },
    "memoryoss": {
        *("store", "recall", "update", "forget"),
        *("memoryoss_store", "memoryoss_recall", "memoryoss_update", "memoryoss_forget"),
    },
    "memex": {"store_memory", "search_memories", "delete_memory", "count_memories"},
}
TOOLS["operator"] = TOOLS["garner"] | {
    *("show_review_queue", "decide_review", "preview_retention"),
    *("list_automatic_changes", "undo_change", "move_memories"),
}
Caller = Callable[..., Awaitable[Any]]


async def use_every_tool(client: Client, profile: str) -> set[str]:
    """Call every tool of the profile; return the names that were called."""
    called: set[str] = set()

    async def call(tool: str, **arguments: Any) -> Any:
        called.add(tool)
        result = await client.call_tool(tool, arguments)
        assert text(result)
        return data(result)

    await _SCRIPTS[profile](call)
    listed = {tool.name for tool in (await client.list_tools()).tools}
    assert called == listed == TOOLS[profile]
    return called


async def _garner(call: Caller) -> None:
    assert "recall" in (await call("onboard"))["instructions"]
    stored = await call("remember", content=FACT, provenance="user_stated", author="Ann", tags=["keys"])
    found = await call("recall", query=QUESTION, limit=3)
    assert found["memories"][0]["id"] == stored["id"]
    rated = await call("feedback", trace_id=found["trace_id"], useful=[stored["id"]])
    assert rated["recorded"] == 1
    explained = await call("explain", trace_id=found["trace_id"], memory_id=stored["id"])
    assert explained["results"][0]["signals"]
    changed = await call("update", id=stored["id"], content=FACT.replace("third", "second"), if_version=1)
    assert changed["version"] == 2
    listing = await call("list_memories", tags=["keys"])
    assert "second flower pot" in listing["memories"][0]["content"]
    assert (await call("memory_health"))["memories"]["active"] >= 1
    assert (await call("forget", ids=[stored["id"]]))["deleted"] == 1


async def _operator(call: Caller) -> None:
    await _garner(call)
    stored = await call("remember", content=FACT)
    assert await call("move_memories", ids=[stored["id"]], status="archived") == {"status": "archived", "moved": 1}
    (change, *_) = (await call("list_automatic_changes", memory_id=stored["id"]))["changes"]
    assert (change["kind"], change["undone"]) == ("move", False)
    assert (await call("undo_change", id=change["id"], dry_run=True))["restored"] == 1
    assert (await call("undo_change", id=change["id"]))["restored"] == 1
    assert (await call("preview_retention"))["rules"] == []
    assert (await call("show_review_queue"))["items"] == []
    with pytest.raises(AssertionError, match="no such item"):
        await call("decide_review", review_key=f"c.{stored['id']}", action="confirm")


async def _flux(call: Caller) -> None:
    who = {"client": "codex", "role": "chat"}
    assert (await call("flux_onboard"))["operating_mode"] == "caller_extracts"
    stored = await call("flux_store", content=FACT, provenance="user_stated", features=["boat", "key"], **who)
    assert stored["status"] == "stored_wired"
    found = await call("flux_retrieve", query=QUESTION, **who)
    assert found["grains"][0]["id"] == stored["grain_id"]
    owed = await call("flux_pending_feedback", target_caller_id="codex:chat")
    assert owed["missing"] == len(found["grains"])
    praise = {"trace_id": found["trace_id"], "grain_id": stored["grain_id"], "useful": True}
    rated = await call("flux_feedback", **praise, strength=0.5)
    assert (rated["action"], rated["effective_signal"]) == ("reinforced", 0.5)
    assert (await call("flux_health"))["status"] in {"healthy", "warning"}
    listing = await call("flux_list_grains", status="active", limit=1)
    assert listing["grains"][0]["content_snippet"] == FACT


async def _memoryoss(call: Caller) -> None:
    for prefix in ("", "memoryoss_"):
        fact = f"{prefix}{FACT}"
        stored = await call(f"{prefix}store", content=fact, tags=["keys"], agent="scout")
        found = await call(f"{prefix}recall", query=QUESTION, agent="scout", limit=1)
        assert [one["content"] for one in found["result"]] == [fact]
        changed = await call(f"{prefix}update", id=stored["id"], tags=["boat"])
        assert changed == {"id": stored["id"], "version": 2, "updated": True}
        assert await call(f"{prefix}forget", ids=[stored["id"]]) == {"deleted": 1}


async def _memex(call: Caller) -> None:
    pair = {"agent_id": "scout", "user_id": "ann"}
    before = (await call("count_memories", **pair))["count"]
    stored = await call("store_memory", **pair, content=FACT, importance=1.5)
    found = await call("search_memories", **pair, query=QUESTION, top_k=1)
    assert found["results"][0]["content"] == FACT
    assert (await call("count_memories", **pair))["count"] == before + 1
    assert (await call("delete_memory", agent_id="scout", memory_id=stored["id"]))["deleted"] is True


_SCRIPTS = {"garner": _garner, "flux": _flux, "memoryoss": _memoryoss, "memex": _memex, "operator": _operator}


def fields(json_text: str) -> Any:
    """A seed's answer as its agents read it."""
    return json.loads(json_text)
