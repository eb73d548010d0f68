import pytest

from mcp_bridge.hosts import host_allowed, origin_allowed

NAMES = ["localhost", "127.0.0.1", "[::1]", "memory.example:8443", ".inside.example"]


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:1", "[::1]:8000", "memory.example:8443", "a.inside.example", "inside.example:9"],
)
def test_a_name_on_the_list_is_allowed(host):
    assert host_allowed(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        *("", "localhost.evil.example", "evil.example", "memory.example", "memory.example:80", "xinside.example"),
        *("localhost/x", "me@localhost", "localhost:port", "local host", "[::1", "localhost?x"),
    ],
)
def test_any_other_is_not(host):
    assert not host_allowed(host, NAMES)


def test_a_star_is_every_name_but_no_nonsense():
    assert host_allowed("any.example", ["*"])
    assert not host_allowed("", ["*"])


@pytest.mark.parametrize("origin", ["", "http://localhost:3000", "https://[::1]", "https://app.example"])
def test_pages_of_this_machine_and_of_the_list_may_ask(origin):
    assert origin_allowed(origin, ["https://app.example"])


@pytest.mark.parametrize(
    "origin", ["null", "https://app.example:444", "http://app.example", "http://localhost.evil.example", "http://[x"]
)
def test_any_other_page_may_not(origin):
    assert not origin_allowed(origin, ["https://app.example"])
