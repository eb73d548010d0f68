"""An admin's agent tends the memory: it sees what is doubtful, decides, previews what goes, undoes what happened."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

import clock
from accounts.scopes import Role
from tests.learning.background import contradictions_found
from tests.learning.graphs import ASKED, KEY, rate, taught
from tests.learning.looks import Clock, unwarmed
from tests.mcp_bridge.agents import Agent, text
from tests.mcp_bridge.scripts import TOOLS

OLD, NEW = "The deploy script needs sudo.", "The deploy script does not need sudo."


def operator(person):
    return Agent(person.secret, profile="operator")


@pytest.mark.usefixtures("owner")
def test_a_contradiction_is_shown_fenced_and_decided(alice):
    old, new = alice.store(OLD)["id"], alice.store(NEW)["id"]
    contradictions_found(alice)
    told = operator(alice).call("show_review_queue", kind="contradiction")
    queue = told.structured_content
    (item,) = queue["items"]
    assert queue["waiting"]["contradiction"] == 1
    assert (item["memory"]["id"], item["against"]["id"]) == (new, old)
    inside = text(told).partition("<memories-")[2].partition("</memories-")[0]
    assert OLD in inside
    assert NEW in inside
    operator(alice).ask("decide_review", review_key=item["review_key"], action="supersede")
    assert alice.inspect(old)["status"] == "stale"
    assert operator(alice).ask("show_review_queue")["items"] == []
    changes = operator(alice).ask("list_automatic_changes", memory_id=old)["changes"]
    operator(alice).ask("undo_change", id=changes[0]["id"])
    assert alice.inspect(old)["status"] == "active"


def test_what_a_policy_would_do_is_shown_before_it_does_it(alice):
    with time_machine.travel(clock.now() - timedelta(days=100)):
        id_ = alice.store("The ferry leaves at nine.", tags=["ferry"])["id"]
    alice.call("put", "/v1/admin/retention", {"rules": [{"action": "archive", "after_days": 90, "tag": "ferry"}]})
    told = operator(alice).call("preview_retention")
    rule = "archive memories tagged ferry after 90 days"
    assert told.structured_content == {"rules": [{"rule": rule, "count": 1, "ids": [id_]}]}
    assert text(told) == f"1 memories now: {rule}"
    assert alice.inspect(id_)["status"] == "active"


def test_memories_are_moved_out_of_the_way_and_back(alice):
    id_ = alice.store("The ferry leaves at nine.")["id"]
    agent = operator(alice)
    assert agent.ask("move_memories", ids=[id_], status="archived")["moved"] == 1
    assert alice.recall("When does the ferry leave?") == []
    assert agent.ask("move_memories", ids=[id_], status="active")["moved"] == 1
    assert alice.recall("When does the ferry leave?") == ["The ferry leaves at nine."]
    assert agent.call("move_memories", ids=[], status="archived").is_error


@pytest.mark.parametrize("tool", sorted(TOOLS["operator"] - TOOLS["garner"]))
def test_who_is_no_admin_is_told_so(alice, tool):
    arguments: dict[str, Any] = {
        "decide_review": {"review_key": "c.1", "action": "confirm"},
        "undo_change": {"id": "01a1ff62-d06f-79ae-94fc-f272c9e62adf"},
        "move_memories": {"ids": ["01a1ff62-d06f-79ae-94fc-f272c9e62adf"], "status": "archived"},
    }
    result = operator(alice.with_role(Role.WRITER)).call(tool, **arguments.get(tool, {}))
    assert result.is_error
    assert "scope 'admin'" in text(result)


def test_agents_that_do_not_ask_for_them_are_not_shown_the_operators_tools(alice):
    async def names(client):
        return {tool.name for tool in (await client.list_tools()).tools}

    assert Agent(alice.secret).run(names) == TOOLS["garner"]


def test_recall_and_explain_show_the_path_over_which_the_graph_led_to_a_memory(alice):
    taught(alice)
    rate(alice, ASKED, useful=[KEY])
    agent = Agent(alice.secret)
    found = agent.ask("recall", query=ASKED)
    (line,) = [one for one in found["memories"] if one["content"] == KEY]
    assert line["path"] == ["wording"]
    told = agent.call("explain", trace_id=found["trace_id"], memory_id=line["id"])
    assert told.structured_content["results"][0]["path"] == ["wording"]
    assert "path: wording" in text(told)


def test_memory_health_names_the_signals_that_fire_and_what_to_do(alice):
    moment = Clock()
    unwarmed(alice)
    alice.store_batch(*({"content": f"fact number {n}", "provenance": "user_stated"} for n in range(25)))
    moment.look(alice, times=2)
    told = Agent(alice.secret).call("memory_health")
    firing = {one["signal"]: one for one in told.structured_content["firing"]}
    assert firing["provenance_skew"]["advice"]
    assert "provenance_skew is" in text(told)
    assert told.structured_content["status"] == "needs attention"
