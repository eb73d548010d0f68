"""Keys exchanged for tokens, as memoryOSS's SDK does it."""

from random import getrandbits

import jwt
import pytest
from django.test import Client

from accounts.keyring import derived
from accounts.services import keys
from accounts.services.keys import key_revoke


def token_of(person):
    answer = Client().post("/v1/auth/token", {"api_key": person.secret}, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["expires_in"] == 3600
    return answer.json()["token"]


def asked(token):
    return Client().get("/v1/memories", headers={"authorization": f"Bearer {token}"}).status_code


def forged(token, **changes):
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changes}, derived("tokens"), algorithm="HS256")


def test_a_token_stands_for_its_key(alice, bob):
    alice.store("the safe code is 4711")
    token = token_of(alice)
    answer = Client().get("/v1/memories", headers={"authorization": f"Bearer {token}"}).json()
    assert [one["content"] for one in answer["memories"]] == ["the safe code is 4711"]
    assert asked(token_of(bob)) == 200


def test_a_token_is_hs256_and_names_subject_role_and_namespace(alice):
    token = token_of(alice)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["role"], claims["namespace"]) == ("admin", alice.namespace.name)
    assert alice.secret not in token


def test_a_token_ends_after_an_hour(alice, time_machine):
    time_machine.move_to("2026-05-01T10:00:00Z", tick=False)
    token = token_of(alice)
    time_machine.move_to("2026-05-01T10:59:59Z", tick=False)
    assert asked(token) == 200
    time_machine.move_to("2026-05-01T11:00:00Z", tick=False)
    assert asked(token) == 401


def test_a_token_dies_with_its_key(alice, monkeypatch):
    token = token_of(alice)
    assert asked(token) == 200
    key_revoke(label=alice.caller.subject.removeprefix("key:"))
    keys._known.clear()  # what 2 seconds do
    assert asked(token) == 401


def test_what_a_process_remembers_of_a_key_is_shorter_than_the_promise():
    assert keys._known.ttl <= 5


@pytest.mark.parametrize("key", ["gk_unknown", "a.b.c", ""])
def test_a_wrong_key_gets_no_token(db, key):
    answer = Client().post("/v1/auth/token", {"api_key": key}, content_type="application/json")
    assert answer.status_code in {400, 401}
    assert isinstance(answer.json()["error"], str)
    if key == "gk_unknown":
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid API key")


def test_a_token_that_was_changed_is_refused(alice, bob):
    token = token_of(alice)
    head, claims, mark = token.split(".")
    assert asked(".".join([head, claims, mark[::-1]])) == 401
    assert asked(forged(token, iss="somebody")) == 401
    assert asked(forged(token, aud="somebody")) == 401
    unsigned = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", algorithm="none")
    assert asked(unsigned) == 401


def test_asking_for_tokens_has_a_limit(db, settings):
    settings.TOKENS_PER_MINUTE = 2
    address = f"2001:db8:{getrandbits(16):x}:{getrandbits(16):x}::1"  # counters outlive a run of the tests
    client = Client(REMOTE_ADDR=address)
    body = {"api_key": "gk_unknown"}
    answers = [client.post("/v1/auth/token", body, content_type="application/json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[-1].json()["code"] == "over_quota"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_two_bearers_at_once_are_two_callers(alice, bob):
    alice.store("the safe code is 4711")
    answer = Client().get("/v1/memories", headers={"authorization": f"Bearer {token_of(bob)}"}).json()
    assert answer["memories"] == []
