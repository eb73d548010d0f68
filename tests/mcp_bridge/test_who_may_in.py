"""Keys, host names, origins: what is refused before any tool is asked."""

import time
from typing import Any

import anyio
import pytest

from accounts.errors import Unauthenticated
from accounts.scopes import Role
from accounts.services.keys import digest_of, key_revoke
from accounts.services.own_keys import key_make
from accounts.services.tokens import token_issue
from mcp_bridge import verifiers
from tests.mcp_bridge.agents import Agent, requested, text
from tests.mcp_bridge.test_raw_json_rpc import headers, message

METADATA = "http://localhost/.well-known/oauth-protected-resource/mcp"


def test_without_a_key_the_answer_says_where_to_read_on(db):
    answer = requested("POST", "/mcp", message("tools/list"), {"content-type": "application/json"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer realm="garner", resource_metadata="{METADATA}"'
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("header", ["Bearer gk_wrong", "Basic YTpi", "Bearer ", "Bearer a b", "bearer"])
def test_a_wrong_key_is_an_invalid_token(db, header):
    answer = requested("POST", "/mcp", message("tools/list"), {**headers("x"), "authorization": header})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["", "/mcp", "/mcp/"])
def test_the_resource_describes_itself_to_anybody(db, path):
    answer = requested("GET", f"/.well-known/oauth-protected-resource{path}")
    assert answer.json()["resource"] == "http://localhost/mcp"
    assert answer.json()["bearer_methods_supported"] == ["header"]
    assert "forget" in answer.json()["scopes_supported"]


def test_a_public_url_goes_before_the_host_header(db, settings):
    settings.PUBLIC_URL = "https://memory.example/"
    answer = requested("GET", "/.well-known/oauth-protected-resource")
    assert answer.json()["resource"] == "https://memory.example/mcp"


@pytest.mark.parametrize("path", ["/mcp", "/.well-known/oauth-protected-resource"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "", "a b"])
def test_a_foreign_host_is_refused(alice, path, host):
    answer = requested("POST", path, message("tools/list"), headers(alice.secret, host=host))
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]:8000", "[::1]"])
def test_this_machines_names_are_served_on_any_port(alice, host):
    answer = requested("POST", "/mcp", message("tools/list"), headers(alice.secret, host=host))
    assert answer.status_code == 200


def test_a_host_of_the_operator_is_served(alice, settings):
    settings.MCP_ALLOWED_HOSTS = [*settings.MCP_ALLOWED_HOSTS, "memory.example"]
    told = headers(alice.secret, host="memory.example")
    assert requested("POST", "/mcp", message("tools/list"), told).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://localhost.evil.example", "null", "http://localhost@evil.example", "file://"],
)
def test_a_page_of_a_foreign_origin_is_refused(alice, origin):
    answer = requested("POST", "/mcp", message("tools/list"), headers(alice.secret, origin=origin))
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1", "http://[::1]:3000"])
def test_a_page_of_this_machine_may_ask_and_read(alice, origin):
    answer = requested("POST", "/mcp", message("tools/list"), headers(alice.secret, origin=origin))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin


def test_a_browser_may_ask_whether_it_may_ask(db, settings):
    settings.MCP_ALLOWED_ORIGINS = ["https://app.example"]
    answer = requested("OPTIONS", "/mcp", None, {"origin": "https://app.example"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert requested("OPTIONS", "/mcp", None, {"origin": "https://app.example:444"}).status_code == 403


def test_an_unknown_profile_is_refused_with_the_known_ones(alice):
    answer = requested("POST", "/mcp?profile=zep", message("tools/list"), headers(alice.secret))
    assert answer.status_code == 422
    assert "memoryoss" in answer.json()["error"]


def test_a_revoked_key_stops_within_five_seconds(alice):
    agent = Agent(alice.secret)
    assert not agent.call("memory_health").is_error
    key_revoke(label=digest_of(alice.secret).hex()[:16])
    revoked = time.monotonic()
    told = headers(alice.secret)
    while requested("POST", "/mcp", message("tools/list"), told).status_code != 401:
        assert time.monotonic() - revoked < 5
        time.sleep(0.1)


def test_delete_is_a_right_of_its_own(db, newcomer):
    writer = Agent(newcomer("writer", Role.WRITER).secret)
    stored = writer.ask("remember", content="The ferry leaves at nine.")
    refused = writer.call("forget", ids=[stored["id"]])
    assert refused.is_error
    assert "scope 'forget'" in text(refused)
    assert writer.ask("list_memories")["total"] == 1


@pytest.mark.parametrize("profile", ["garner", "memoryoss"])
def test_forgetting_nothing_is_an_error_and_forgets_nothing(alice, profile):
    Agent(alice.secret).ask("remember", content="The ferry leaves at nine.")
    nothing: list[dict[str, Any]] = [{}, {"ids": []}, {"ids": None}, {"agnt": "scout"}]
    for arguments in nothing:
        assert Agent(alice.secret, profile=profile).call("forget", **arguments).is_error
    assert Agent(alice.secret).ask("list_memories")["total"] == 1


def test_ids_and_a_filter_together_are_refused(alice):
    stored = Agent(alice.secret).ask("remember", content="The ferry leaves at nine.", tags=["ferry"])
    assert Agent(alice.secret).call("forget", ids=[stored["id"]], tags=["bus"]).is_error


def test_calls_over_the_quota_of_a_key_are_refused_whatever_the_client_calls_itself(newcomer, settings):
    settings.REQUESTS_PER_SECOND = 3
    counted = newcomer("counted", Role.WRITER, None)

    async def eight_at_once(client):
        answers = []

        async def one():
            answers.append(await client.call_tool("onboard", {}))

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(one)
        return [answer.meta["code"] for answer in answers if answer.is_error]

    refused = Agent(counted.secret, name="one").run(eight_at_once)
    refused += Agent(counted.secret, name="two", headers={"x-flux-client": "three"}).run(eight_at_once)
    assert "over_quota" in refused
    assert len(refused) >= 16 - 3 * 4  # at most four seconds have been touched


def test_stores_count_against_the_grains_of_the_key(db, newcomer):
    limited = newcomer("limited", Role.WRITER, 2)

    async def three(client):
        return [await client.call_tool("remember", {"content": f"Berth {n} is free."}) for n in range(3)]

    answers = Agent(limited.secret).run(three)
    assert [one.is_error for one in answers] == [False, False, True]
    assert "try again in" in text(answers[2])


def test_another_kind_of_token_is_one_more_verifier(alice, monkeypatch):
    def secret_word(token):
        if token != "sesame":
            raise Unauthenticated("not the word")
        return alice.caller

    monkeypatch.setattr(verifiers, "VERIFIERS", (*verifiers.VERIFIERS, secret_word))
    assert not Agent("sesame").call("memory_health").is_error
    assert requested("POST", "/mcp", message("tools/list"), headers("simsim")).status_code == 401


def test_a_token_made_for_a_key_opens_the_door_and_dies_with_it(alice):
    token = token_issue(secret=alice.secret)
    assert Agent(token).ask("onboard")["namespace"] == alice.namespace.name
    key_revoke(label=digest_of(alice.secret).hex()[:16])
    revoked = time.monotonic()
    while requested("POST", "/mcp", message("tools/list"), headers(token)).status_code != 401:
        assert time.monotonic() - revoked < 5
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"origin": "http://localhost"}, 401),
        ({"x_forwarded_for": "9.9.9.9"}, 401),
        ({"authorization": "Bearer gk_wrong"}, 401),
    ],
)
def test_an_open_loopback_lets_programs_of_this_machine_in_without_a_key(db, settings, more, status):
    told = {name: value for name, value in headers("", **more).items() if value != "Bearer "}
    assert requested("POST", "/mcp", message("tools/list"), told).status_code == 401
    settings.OPEN_LOOPBACK = True
    assert requested("POST", "/mcp", message("tools/list"), told).status_code == status


@pytest.mark.parametrize(("network", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24", 403)])
def test_a_key_of_certain_networks_is_refused_from_elsewhere(alice, network, status):
    robot = key_make(caller=alice.caller, scopes=Role.READER.scopes, networks=[network])
    answer = requested("POST", "/mcp", message("tools/list"), headers(robot.secret))
    assert answer.status_code == status
