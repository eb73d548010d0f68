"""A slash too many leads to the address without it, as FastAPI's servers do: clients of memex and Flux may send it."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.people import Person


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/memories", {"agent_id": "a", "user_id": "u", "content": "It rained."}),
        ("/v1/memories/search", {"agent_id": "a", "user_id": "u", "query": "rain"}),
        ("/store", {"content": "It rained."}),
        ("/retrieve", {"query": "rain"}),
    ],
)
def test_a_post_is_sent_on_with_method_and_body(alice: Person, path: str, body: dict[str, str]) -> None:
    alice.call("post", f"{path}/", body)
    assert (alice.last.status_code, alice.last["Location"]) == (307, path)
    alice.call("post", alice.last["Location"], body)
    assert alice.last.status_code in (200, 201)


def test_the_query_goes_along(alice: Person) -> None:
    alice.client.get("/grains/?limit=1&status=active", headers={"authorization": f"Bearer {alice.secret}"})
    answer = alice.client.get("/grains/?limit=1&status=active")
    assert (answer.status_code, answer["Location"]) == (307, "/grains?limit=1&status=active")


@pytest.mark.parametrize(
    "path", ["/nothing/", "/", "//", "//example.org/", "//grains/", "/login/nothing/", "/v1/store/"]
)
def test_where_nothing_is_nobody_is_sent(path: str, db: None) -> None:
    assert Client().get(path, headers={"accept": "application/json"}).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/v1/memories/a%0d%0ab/", "/v1/memories/%2f%2fexample.org/", "/grains//example.org/"])
def test_nobody_is_sent_elsewhere(path: str, db: None) -> None:
    answer = Client().get(path)
    target = urlsplit(answer.get("Location", ""))
    assert (target.scheme, target.netloc) == ("", "")
    assert "\n" not in answer.get("Location", "")
