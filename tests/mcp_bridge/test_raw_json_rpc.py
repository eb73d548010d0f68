"""The protocol by hand, as a client without the SDK speaks it: both eras, and what is refused."""

from typing import Any

import pytest

from tests.mcp_bridge.agents import requested

MODERN = "2026-07-28"
LEGACY = "2025-11-25"


def envelope(version: str = MODERN) -> dict[str, Any]:
    return {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "by-hand", "version": "1"},
        }
    }


def headers(secret: str, **more: str) -> dict[str, str]:
    return {
        "authorization": f"Bearer {secret}",
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def message(method: str, params: dict[str, Any] | None = None, id: int | None = 1) -> dict[str, Any]:
    identity = {} if id is None else {"id": id}
    return {"jsonrpc": "2.0", "method": method, **identity, **({} if params is None else {"params": params})}


def modern(secret, method, params=None, path="/mcp"):
    named = (params or {}).get("name") or (params or {}).get("uri")
    more = {"mcp_name": named} if named else {}
    told = headers(secret, mcp_protocol_version=MODERN, mcp_method=method, **more)
    return requested("POST", path, message(method, {**envelope(), **(params or {})}), told)


def legacy(secret, method, params=None, path="/mcp", id=1):
    return requested("POST", path, message(method, params, id), headers(secret, mcp_protocol_version=LEGACY))


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_the_newer_era_needs_one_request_for_one_answer(alice, path):
    answer = modern(alice.secret, "tools/call", {"name": "memory_health", "arguments": {}}, path)
    assert answer.status_code == 200
    assert answer.json()["result"]["structuredContent"]["status"] == "healthy"
    assert answer.json()["result"]["resultType"] == "complete"


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_the_older_era_shakes_hands_first(alice, path):
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "by-hand", "version": "1"}}
    first = requested("POST", path, message("initialize", params), headers(alice.secret))
    assert first.json()["result"]["protocolVersion"] == LEGACY
    assert first.json()["result"]["serverInfo"]["name"] == "garner"
    assert "not instructions" in first.json()["result"]["instructions"]
    assert legacy(alice.secret, "notifications/initialized", id=None, path=path).status_code == 202
    listed = legacy(alice.secret, "tools/list", path=path)
    assert len(listed.json()["result"]["tools"]) == 9


def test_an_older_protocol_version_is_answered_in_itself(alice):
    params = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}}
    first = requested("POST", "/mcp", message("initialize", params), headers(alice.secret))
    assert first.json()["result"]["protocolVersion"] == "2024-11-05"


def test_discover_names_the_versions(alice):
    told = modern(alice.secret, "server/discover").json()["result"]
    assert MODERN in told["supportedVersions"]


@pytest.mark.parametrize("era", [modern, legacy])
def test_every_method_of_the_protocol_answers(alice, era):
    stored = era(alice.secret, "tools/call", {"name": "remember", "arguments": {"content": "The dinghy is red."}})
    id_ = stored.json()["result"]["structuredContent"]["id"]
    assert len(era(alice.secret, "tools/list").json()["result"]["tools"]) == 9
    assert len(era(alice.secret, "resources/list").json()["result"]["resources"]) == 1
    assert len(era(alice.secret, "resources/templates/list").json()["result"]["resourceTemplates"]) == 2
    assert len(era(alice.secret, "prompts/list").json()["result"]["prompts"]) == 2
    read = era(alice.secret, "resources/read", {"uri": f"garner://grain/{id_}"})
    assert "The dinghy is red." in read.json()["result"]["contents"][0]["text"]
    asked = {"name": "recall_before_answering", "arguments": {"question": "What colour is the dinghy?"}}
    prompt = era(alice.secret, "prompts/get", asked)
    assert "The dinghy is red." in prompt.json()["result"]["messages"][0]["content"]["text"]


@pytest.mark.parametrize("era", [modern, legacy])
def test_an_unknown_method_is_an_error_of_the_protocol(alice, era):
    assert era(alice.secret, "tools/destroy").json()["error"]["code"] == -32601


@pytest.mark.parametrize("era", [modern, legacy])
def test_what_cannot_be_read_is_an_error_with_a_sentence(alice, era):
    gone = era(alice.secret, "resources/read", {"uri": "garner://grain/01a1fcf2-0b46-70d4-9fef-b67555470780"})
    assert gone.json()["error"]["code"] == -32602
    assert "memory not found" in gone.json()["error"]["message"]
    assert era(alice.secret, "resources/read", {"uri": "garner://grain/nonsense"}).json()["error"]["code"] == -32602
    assert "error" in era(alice.secret, "prompts/get", {"name": "nonsense"}).json()


def test_subscribing_is_not_offered(alice):
    answer = modern(alice.secret, "subscriptions/listen", {"notifications": {}})
    assert "error" in answer.json()


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_only_post_is_served(alice, method):
    answer = requested(method, "/mcp", None, headers(alice.secret))
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"jsonrpc": "2.0", "id": {}, "method": 3}', b"\xff"])
@pytest.mark.parametrize("version", [{}, {"mcp_protocol_version": LEGACY}, {"mcp_protocol_version": MODERN}])
def test_a_body_that_is_no_message_is_refused(alice, body, version):
    answer = requested("POST", "/mcp", body, headers(alice.secret, **version))
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_a_body_over_two_mebibytes_is_refused(alice):
    answer = requested("POST", "/mcp", b" " * (2 * 1024 * 1024 + 1), headers(alice.secret))
    assert answer.status_code == 413


def test_an_unknown_protocol_version_is_told_the_known_ones(alice):
    told = headers(alice.secret, mcp_protocol_version="1999-01-01", mcp_method="tools/list")
    answer = requested("POST", "/mcp", message("tools/list", envelope("1999-01-01")), told)
    assert answer.status_code == 400
    assert MODERN in str(answer.json()["error"])


def test_another_content_type_is_refused(alice):
    answer = requested("POST", "/mcp", message("tools/list"), headers(alice.secret, content_type="text/plain"))
    assert answer.status_code == 400


def test_paths_beside_ours_are_not_ours(alice):
    assert requested("POST", "/mcpfoo", message("tools/list"), headers(alice.secret)).status_code == 404
    assert requested("POST", "/mcp/x", message("tools/list"), headers(alice.secret)).status_code == 404
