"""The client's own name reaches traces and deeds in both eras, and decides nothing."""

from typing import Any

import pytest

from accounts.door import tenant
from accounts.models import Deed
from accounts.stated import printable
from mcp_bridge.identity import software
from mcp_bridge.sessions import client_in, session_for
from retrieval.models import Rating, Trace
from tests.mcp_bridge.agents import MODES, Agent, requested
from tests.mcp_bridge.test_raw_json_rpc import LEGACY, headers, message


def written(person) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(details of deeds on memories, parameters of traces) of a person's namespace."""
    with tenant(person.caller):
        deeds = Deed.objects.filter(namespace_id=person.namespace.pk, verb__in=["store", "feedback"]).order_by("at")
        traces = Trace.objects.filter(namespace_id=person.namespace.pk)
        return [deed.detail for deed in deeds], [trace.params for trace in traces]


@pytest.mark.parametrize("mode", MODES)
def test_the_clients_name_and_version_reach_traces_and_deeds(alice, mode):
    async def store_and_recall(client):
        await client.call_tool("remember", {"content": "The pump is in the shed."})
        await client.call_tool("recall", {"query": "Where is the pump?"})

    Agent(alice.secret, mode=mode, name="claude-code").run(store_and_recall)
    deeds, traces = written(alice)
    assert deeds == [{"client": "claude-code/7.1"}]
    assert traces[0]["client"] == "claude-code/7.1"


def test_fluxs_headers_name_client_and_role_before_the_protocol_does(alice):
    told = {"x-flux-client": "codex", "x-flux-role": "memory_writer"}
    Agent(alice.secret, headers=told).ask("remember", content="The pump is in the shed.")
    assert written(alice)[0] == [{"client": "codex", "role": "memory_writer"}]


def test_fluxs_caller_id_is_client_and_role(alice):
    Agent(alice.secret, headers={"x-caller-id": "codex:chat"}).ask("remember", content="The pump is in the shed.")
    assert written(alice)[0] == [{"client": "codex", "role": "chat"}]


def test_fluxs_arguments_name_the_caller(alice):
    flux = Agent(alice.secret, profile="flux")
    flux.ask("flux_store", content="The pump is in the shed.", caller_id="cursor:chat")
    flux.ask("flux_store", content="The hose is in the shed.", client="codex", role="background_lookup")
    names = [(detail["client"], detail["role"]) for detail in written(alice)[0]]
    assert names == [("cursor", "chat"), ("codex", "background_lookup")]


def test_without_any_name_the_programs_own_header_is_kept(alice):
    call = message("tools/call", {"name": "remember", "arguments": {"content": "The pump is in the shed."}})
    told = headers(alice.secret, mcp_protocol_version=LEGACY, user_agent="curl/8.5 (x)")
    assert requested("POST", "/mcp", call, told).status_code == 200
    assert written(alice)[0] == [{"client": "curl/8.5"}]


def test_the_subject_stays_the_key_so_a_new_name_rates_no_second_time(alice):
    stored = Agent(alice.secret).ask("remember", content="The pump is in the shed.")
    trace = Agent(alice.secret).ask("recall", query="Where is the pump?")["trace_id"]
    for name in ("one", "two"):
        Agent(alice.secret, name=name).ask("feedback", trace_id=trace, useful=[stored["id"]])
    with tenant(alice.caller):
        rated = Rating.objects.filter(namespace_id=alice.namespace.pk)
        assert [rating.actor for rating in rated] == [alice.caller.subject]


def test_names_cannot_forge_log_lines():
    assert printable('codex\n{"level": "error"}', 64) == "codexlevel: error"
    assert printable("x" * 100, 64) == "x" * 64
    assert software("claude-code", "2.1.0") == "claude-code/2.1.0"


def test_a_session_is_the_name_and_nothing_else():
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":{"name":"cursor","version":"3"}}}'
    session = session_for(body)
    assert session.isascii()
    assert session.isprintable()
    assert client_in(session) == "cursor/3"
    assert session_for(body) != session


@pytest.mark.parametrize("body", [b'{"method": "tools/list"}', b'"initialize"', b'{"method": "initialize"}', b"{"])
def test_other_bodies_get_no_session(body):
    assert session_for(body) == ""


@pytest.mark.parametrize("session", ["", "x", "x.y", "x.////", "x." + "é" * 3, "x.AAA"])
def test_a_foreign_session_is_nobody(session):
    assert client_in(session) == ""
