"""HTTP itself: unknown addresses, wrong methods and types, all answered in JSON."""

import pytest

from tests.people import Person

SHAPE = {"error", "code", "field"}


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v1/store/", "/v1/inspect/", "/V1/store", "/v1/%ff", "/../x"])
def test_an_unknown_address_is_404_in_json(alice: Person, path: str) -> None:
    answer = alice.call("get", path)
    assert (alice.last.status_code, set(answer), answer["code"]) == (404, SHAPE, "not_found")
    assert alice.last["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/v1/store", {"POST", "OPTIONS"}),
        ("put", "/v1/update", {"PATCH", "OPTIONS"}),
        ("post", "/v1/forget", {"DELETE", "OPTIONS"}),
        ("delete", f"/v1/inspect/{'0' * 32}", {"GET", "HEAD", "OPTIONS"}),
        ("get", "/v1/recall", {"POST", "OPTIONS"}),
        ("post", "/health", {"GET", "HEAD", "OPTIONS"}),
        ("trace", "/v1/store", {"POST", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_405_and_says_which_are_right(
    alice: Person, method: str, path: str, allowed: set[str]
) -> None:
    answer = alice.call(method, path)
    assert (alice.last.status_code, set(answer), answer["code"]) == (405, SHAPE, "method_not_allowed")
    assert set(alice.last["Allow"].split(", ")) - {"HEAD"} == allowed - {"HEAD"}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "x", ""],
)
@pytest.mark.parametrize("path", ["/v1/store", "/v1/recall"])
def test_another_content_type_than_json_is_415(alice: Person, path: str, content_type: str) -> None:
    response = alice.client.post(
        path,
        data=b'{"content": "x", "query": "x"}',
        content_type=content_type,
        headers={"authorization": f"Bearer {alice.secret}"},
    )
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_spelled(alice: Person, content_type: str) -> None:
    response = alice.client.post(
        "/v1/store",
        data=b'{"content": "x"}',
        content_type=content_type,
        headers={"authorization": f"Bearer {alice.secret}"},
    )
    assert response.status_code == 200


def test_a_foreign_host_is_refused_in_json(alice: Person) -> None:
    answer = alice.call("get", "/v1/memories", host="evil.example")
    assert (alice.last.status_code, set(answer)) == (400, SHAPE)


def test_an_error_of_ours_tells_nothing_of_the_inside(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.api import views

    def broken(**_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(views, "recall", broken)
    answer = alice.recalled("x")
    assert (alice.last.status_code, answer) == (500, {"error": "Internal error.", "code": "internal", "field": None})


def test_answers_are_not_sniffed(alice: Person) -> None:
    alice.recalled("x")
    assert alice.last["X-Content-Type-Options"] == "nosniff"
