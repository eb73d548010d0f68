"""Where webhooks may not go: inside, however the way there is disguised."""

import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from django.conf import settings

from accounts.checks import networks
from accounts.errors import Invalid
from accounts.webhooks.destinations import Refused, address_of, connect, destination_of, may_reach
from accounts.webhooks.posting import post
from tests.accounts.receiver import receiving
from tests.people import Person

INSIDE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:fffe::a00:1",
    "::ffff:0:127.0.0.1",
    "fec0::1",
    "3fff::1",
    "5f00::1",
]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Names resolve to these addresses, each time to the next ones; the names that were asked for."""
    asked: list[str] = []
    rest = list(answers)

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        now = rest.pop(0) if len(rest) > 1 else rest[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in now]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not may_reach(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::"]
)
def test_public_ones_are_not(address: str) -> None:
    assert may_reach(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "https://localhost./",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]:8443/",
    ],
)
def test_disguises_of_loopback_are_refused(url: str) -> None:
    with pytest.raises((Refused, socket.gaierror)):  # resolvers differ in what they make of the stranger ones
        address_of(destination_of(url))


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(Refused):
        address_of(destination_of("https://example.org/"))


def test_a_name_that_resolves_to_loopback_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver:
        resolving(monkeypatch, ["127.0.0.1"])
        outcome = post(f"http://innocent.example:{receiver.url.split(':')[2]}", "{}", {})
    assert (outcome.ok, outcome.status, receiver.got) == (False, None, [])
    assert outcome.error.startswith("refused")


def test_a_name_that_changes_its_answer_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    went: list[Any] = []

    def create_connection(address: Any, timeout: float) -> socket.socket:
        went.append(address)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", create_connection)
    outcome = post("https://rebinding.example/", "{}", {})
    assert outcome.error == "TimeoutError"
    assert asked == ["rebinding.example"], "resolved once"
    assert went == [("93.184.216.34", 443)], "and that address was gone to"


def test_a_listed_network_may_be_reached_over_http_and_others_may_not(settings) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with receiving() as receiver:
        assert post(receiver.url, "{}", {}).ok
        assert post(receiver.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"), "{}", {}).ok, "the same address"
    for url in ("http://127.0.0.2/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(Refused):
            address_of(destination_of(url))


def test_http_to_a_public_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, ["93.184.216.34"])
    with pytest.raises(Refused, match="https"):
        address_of(destination_of("http://example.org/"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(settings, status: int) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with receiving() as target, receiving() as receiver:
        receiver.status, receiver.location = status, target.url
        outcome = post(receiver.url, "{}", {})
    assert (outcome.ok, outcome.status, target.got) == (False, status, [])


def test_a_server_that_never_answers_is_left_after_the_limit(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    monkeypatch.setattr("accounts.webhooks.posting.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = post(f"http://127.0.0.1:{silent.getsockname()[1]}/", "{}", {})
    assert not outcome.ok


def test_a_server_without_the_names_certificate_is_not_spoken_to(settings) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with receiving() as receiver:
        url = receiver.url.replace("http://", "https://")
        with pytest.raises((ssl.SSLError, OSError)):
            connect(destination_of(url), 2.0)
        assert receiver.got == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nX-Injected: 1",
        "https://[::1",
        "//example.org/",
    ],
)
def test_what_is_no_webhooks_address_is_invalid(url: str) -> None:
    with pytest.raises(Invalid):
        destination_of(url)


def test_the_api_refuses_such_addresses_with_a_sentence(alice: Person) -> None:
    for url in ("http://localhost:8000/", "https://169.254.169.254/", "ftp://example.org/", "https://nowhere.invalid/"):
        answer = alice.call("post", "/v1/admin/webhooks", {"url": url})
        assert (alice.last.status_code, answer["field"]) == (422, "url"), url
    assert alice.call("get", "/v1/admin/webhooks") == {"webhooks": []}


def test_a_network_that_is_none_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert networks(None) == []
    monkeypatch.setattr(settings, "WEBHOOK_PRIVATE_NETWORKS", ["10.0.0.0/8", "ten"])
    (found,) = networks(None)
    assert "ten" in str(found.msg)


def test_while_no_name_is_known_an_endpoint_is_taken_and_checked_at_each_sending(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    alice.call("post", "/v1/admin/webhooks", {"url": "https://hooks.example.org/garner"})
    assert alice.last.status_code == 201
    resolving(monkeypatch, ["127.0.0.1"])
    with pytest.raises(Refused):
        connect(destination_of("https://hooks.example.org/garner"), 1.0)
