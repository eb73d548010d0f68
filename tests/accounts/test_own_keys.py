"""Keys and tokens over HTTP: listed, made, rotated, revoked; none does more than the one that made it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
import time_machine
from cachetools import TTLCache
from django.core.management import call_command
from django.test import Client

import clock
from accounts.door import Caller, tenant
from accounts.errors import Forbidden, Invalid
from accounts.models import ApiKey, Deed
from accounts.scopes import Role, Scope
from accounts.services import keys, own_keys
from accounts.services.keys import admitted, caller_of, checked_networks, key_create
from tests.people import Person

KEYS, TOKENS = "/v1/admin/keys", "/v1/admin/tokens"


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The seconds for which processes have remembered keys."""
    elapsed = SimpleNamespace(seconds=0.0)
    cache: TTLCache[bytes, Caller] = TTLCache(maxsize=99, ttl=keys.REMEMBER_SECONDS, timer=lambda: elapsed.seconds)
    monkeypatch.setattr(keys, "_known", cache)
    return elapsed


def make(someone: Person, **wishes: Any) -> Any:
    return someone.call("post", KEYS, wishes)


def holder(someone: Person, **wishes: Any) -> Person:
    answer = make(someone, **wishes)
    assert someone.last.status_code == 201, answer
    return Person(someone.namespace, answer["secret"])


def with_bearer(bearer: str, path: str = "/v1/memories", address: str = "127.0.0.1") -> int:
    return Client().get(path, headers={"authorization": f"Bearer {bearer}"}, REMOTE_ADDR=address).status_code


def test_a_key_that_was_made_works_and_is_shown_once(alice: Person) -> None:
    answer = make(alice, name="robot", role="writer")
    robot = Person(alice.namespace, answer["secret"])
    robot.store("x")
    assert robot.last.status_code == 200
    listed = alice.call("get", KEYS)
    assert listed["keys"][0]["name"] == "robot"
    assert answer["secret"] not in alice.last.content.decode()
    one = alice.call("get", f"{KEYS}/{answer['key']['id']}")
    assert one == alice.call("get", f"{KEYS}/{one['label']}")
    assert one["scopes"] == sorted(scope.value for scope in Role.WRITER.scopes)


def test_a_key_may_have_any_of_its_makers_scopes(alice: Person) -> None:
    only = holder(alice, scopes=["store"])
    only.store("x")
    assert only.last.status_code == 200
    only.call("post", "/v1/recall", {"query": "x"})
    assert only.last.status_code == 403


def test_nobody_gives_what_they_have_not(alice: Person) -> None:
    half = holder(alice, scopes=["admin", "recall"])
    for body in ({"scopes": ["store"]}, {"role": "writer"}, {}):
        answer = half.call("post", KEYS, body)
        assert (half.last.status_code, answer["field"]) == (403, "scopes"), body
    assert half.call("post", TOKENS, {"role": "writer"})["code"] == "forbidden"
    own = alice.call("get", KEYS)["keys"][-1]["id"]
    half.call("post", f"{KEYS}/rotate", {"id": own})
    assert half.last.status_code == 403, "a rotated key's secret would be all of its rights"
    half.call("patch", f"{KEYS}/{own}", {"scopes": ["recall"]})
    assert half.last.status_code == 403


def test_a_key_neither_outlives_nor_outruns_nor_outreaches_its_maker(alice: Person) -> None:
    soon = clock.now() + timedelta(days=2)
    wishes = {"role": "admin", "grains_per_minute": 10, "networks": ["127.0.0.0/8"], "expires_at": soon.isoformat()}
    bound = holder(alice, **wishes)
    beyond: list[tuple[dict[str, Any], str]] = [
        ({"expires_at": (soon + timedelta(days=1)).isoformat()}, "expires_at"),
        ({"grains_per_minute": 11}, "grains_per_minute"),
        ({"grains_per_minute": 0}, "grains_per_minute"),
        ({"networks": ["10.0.0.0/8"]}, "networks"),
        ({"networks": ["0.0.0.0/0"]}, "networks"),
        ({"networks": ["::/0"]}, "networks"),
    ]
    for body, field in beyond:
        answer = bound.call("post", KEYS, {"role": "reader", **body})
        assert (bound.last.status_code, answer["field"]) == (403, field), body
    inherited = make(bound, role="reader")["key"]
    assert (inherited["networks"], inherited["grains_per_minute"]) == (["127.0.0.0/8"], 10)
    assert inherited["expires_at"] is not None
    assert make(bound, role="reader", networks=["127.0.0.1"], grains_per_minute=5)["key"]["grains_per_minute"] == 5


def test_a_key_works_from_its_networks_only(alice: Person) -> None:
    robot = holder(alice, role="reader", networks=["192.0.2.0/24", "2001:db8::/32"])
    allowed = ("192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7")
    for address in allowed:
        assert with_bearer(robot.secret, address=address) == 200, address
    for address in ("127.0.0.1", "192.0.3.1", "2001:db9::1", "::ffff:10.0.0.1", "", "unix:"):
        assert with_bearer(robot.secret, address=address) == 403, address


def test_a_token_works_from_its_keys_networks_only(alice: Person) -> None:
    robot = holder(alice, role="reader", networks=["192.0.2.0/24"])
    exchange = Client().post("/v1/auth/token", {"api_key": robot.secret}, content_type="application/json").json()
    assert [with_bearer(exchange["token"], address=one) for one in ("192.0.2.1", "127.0.0.1")] == [200, 403]


def test_keys_without_networks_work_from_everywhere(alice: Person) -> None:
    assert with_bearer(alice.secret, address="203.0.113.9") == 200
    assert admitted(alice.caller, "") is alice.caller


@pytest.mark.parametrize("network", ["ten", "10.0.0.0/33", "10.0.0.1/8", "", "::/129", "1.2.3.4, 5.6.7.8"])
def test_what_is_no_network_is_refused(alice: Person, network: str) -> None:
    make(alice, role="reader", networks=[network])
    assert alice.last.status_code in {400, 422}
    with pytest.raises(Invalid):
        checked_networks([network])


def test_a_changed_key_is_another_within_seconds(alice: Person, moment: SimpleNamespace) -> None:
    answer = make(alice, role="writer")
    robot = Person(alice.namespace, answer["secret"])
    robot.store("x")
    changed = alice.call("patch", f"{KEYS}/{answer['key']['id']}", {"role": "reader", "networks": ["192.0.2.1"]})
    assert (changed["scopes"], changed["networks"]) == (["recall"], ["192.0.2.1/32"])
    moment.seconds += 5
    assert with_bearer(robot.secret) == 403
    assert with_bearer(robot.secret, address="192.0.2.1") == 200


def test_a_rotated_key_works_for_its_grace_and_then_no_more(alice: Person, moment: SimpleNamespace) -> None:
    robot = holder(alice, role="admin", name="robot", grains_per_minute=7)
    answer = robot.call("post", f"{KEYS}/rotate", {"namespace": alice.namespace.name})
    assert (answer["rotated"], answer["grace_period_secs"]) == (True, 86_400)
    new = Person(alice.namespace, answer["secret"])
    one = new.call("get", f"{KEYS}/{answer['key_id']}")
    assert (one["name"], one["grains_per_minute"], one["scopes"]) == ("robot", 7, sorted(Scope))
    assert [with_bearer(one.secret) for one in (robot, new)] == [200, 200]
    (retired,) = new.call("get", KEYS)["retired_keys"]
    assert retired["namespace"] == alice.namespace.name
    moment.seconds += 5
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=5)):
        assert [with_bearer(one.secret) for one in (robot, new)] == [401, 200]


def test_a_rotation_without_grace_ends_the_old_key_at_once(alice: Person, moment: SimpleNamespace) -> None:
    label = caller_of(holder(alice, role="reader").secret).subject.removeprefix("key:")
    old = next(key for key in alice.call("get", KEYS)["keys"] if key["label"] == label)
    answer = alice.call("post", f"{KEYS}/rotate", {"id": old["id"], "grace_period_secs": 0})
    moment.seconds += 5
    assert with_bearer(answer["secret"]) == 200
    assert alice.call("get", f"{KEYS}/{old['id']}")["expires_at"] <= clock.now().isoformat()
    assert alice.call("post", f"{KEYS}/rotate", {"id": old["id"]})["code"] == "conflict"
    assert alice.call("post", f"{KEYS}/rotate", {"namespace": "another"})["field"] == "namespace"


def test_a_revoked_key_and_its_tokens_end_within_seconds(alice: Person, moment: SimpleNamespace) -> None:
    robot = holder(alice, role="admin")
    token = robot.call("post", TOKENS, {"role": "reader"})["token"]
    assert [with_bearer(one) for one in (robot.secret, token)] == [200, 200]
    label = robot.caller.subject.removeprefix("key:")
    answer = alice.call("delete", f"{KEYS}/{label}")
    assert answer["revoked"]
    moment.seconds += 5
    assert [with_bearer(one) for one in (robot.secret, token)] == [401, 401]


def test_a_token_has_the_rights_it_was_made_with_and_a_name_of_its_own(alice: Person) -> None:
    answer = alice.call("post", TOKENS, {"role": "reader", "namespace": alice.namespace.name, "expires_in_secs": 60})
    assert (answer["role"], answer["namespace"], answer["expires_in"]) == ("reader", alice.namespace.name, 60)
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    assert (claims["jti"], claims["role"], claims["namespace"]) == (answer["jti"], "reader", alice.namespace.name)
    assert with_bearer(answer["token"]) == 200
    bearer = Person(alice.namespace, answer["token"])
    bearer.store("x")
    assert bearer.last.status_code == 403
    bearer.call("get", KEYS)
    assert bearer.last.status_code == 403
    assert claims["sub"] != alice.caller.subject
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert with_bearer(answer["token"]) == 401


def test_a_token_is_revoked_by_its_jti_alone(alice: Person, moment: SimpleNamespace) -> None:
    one, two = (alice.call("post", TOKENS, {"role": "reader"}) for _ in range(2))
    assert [with_bearer(token["token"]) for token in (one, two)] == [200, 200]
    assert len(alice.call("get", TOKENS)["tokens"]) == 2
    alice.call("delete", f"{TOKENS}/{one['jti']}")
    moment.seconds += 5
    assert [with_bearer(token["token"]) for token in (one, two)] == [401, 200]


def test_a_token_made_with_a_token_ends_with_the_same_key(alice: Person, moment: SimpleNamespace) -> None:
    robot = holder(alice, role="admin")
    first = Person(alice.namespace, robot.call("post", TOKENS, {"role": "admin", "expires_in_secs": 600})["token"])
    second = first.call("post", TOKENS, {"role": "reader", "expires_in_secs": 9999})
    assert second["expires_in"] <= 600
    assert with_bearer(second["token"]) == 200
    alice.call("delete", f"{KEYS}/{robot.caller.subject.removeprefix('key:')}")
    moment.seconds += 5
    assert with_bearer(second["token"]) == 401


def test_a_token_that_somebody_signed_or_changed_is_refused(alice: Person) -> None:
    token = alice.call("post", TOKENS, {"role": "reader"})["token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode({**claims, "role": "admin"}, "x" * 32, algorithm="HS256")
    head, body, signature = token.split(".")
    for bad in (forged, f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."):
        assert with_bearer(bad) == 401


def test_bob_sees_and_touches_none_of_alices_keys(alice: Person, bob: Person) -> None:
    id_ = make(alice, role="reader")["key"]["id"]
    jti = alice.call("post", TOKENS, {"role": "reader"})["jti"]
    assert len(bob.call("get", KEYS)["keys"]) == 1
    assert bob.call("get", TOKENS) == {"tokens": []}
    calls: tuple[tuple[str, str, Any], ...] = (
        ("get", f"{KEYS}/{id_}", None),
        ("patch", f"{KEYS}/{id_}", {"name": "mine"}),
        ("delete", f"{KEYS}/{id_}", None),
        ("post", f"{KEYS}/rotate", {"id": id_}),
        ("delete", f"{TOKENS}/{jti}", None),
    )
    for method, path, body in calls:
        bob.call(method, path, body)
        assert bob.last.status_code == 404, path
    bob.call("post", TOKENS, {"role": "reader", "namespace": alice.namespace.name})
    assert bob.last.status_code == 403


def test_only_admins_manage_keys(alice: Person) -> None:
    writer = alice.with_role(Role.WRITER)
    for method, path in (("get", KEYS), ("post", KEYS), ("post", f"{KEYS}/rotate"), ("get", TOKENS), ("post", TOKENS)):
        writer.call(method, path, {} if method == "post" else None)
        assert writer.last.status_code == 403, path


@pytest.mark.parametrize(
    "body",
    [
        {"role": "king"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"role": "reader", "scopes": ["recall"]},
        {"role": "reader", "grains_per_minute": -1},
        {"role": "reader", "grains_per_minute": 2**31},
        {"role": "reader", "expires_at": "tomorrow"},
        {"role": "reader", "name": "x" * 129},
        {"role": "reader", "networks": "10.0.0.0/8"},
    ],
)
def test_bad_wishes_are_answered_with_a_sentence(alice: Person, body: Any) -> None:
    answer = alice.call("post", KEYS, body)
    assert alice.last.status_code in {400, 422}
    assert answer["error"]


def test_a_namespace_has_a_bounded_number_of_keys(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_keys, "MOST", 2)
    make(alice, role="reader")
    make(alice, role="reader")
    assert alice.last.status_code == 409
    alice.call("post", TOKENS, {"role": "reader"})
    assert alice.last.status_code == 409


def test_every_change_of_a_key_is_a_deed(alice: Person) -> None:
    id_ = make(alice, role="reader")["key"]["id"]
    alice.call("patch", f"{KEYS}/{id_}", {"name": "new"})
    alice.call("post", f"{KEYS}/rotate", {"id": id_})
    alice.call("delete", f"{KEYS}/{id_}")
    alice.call("post", TOKENS, {"role": "reader"})
    with tenant(alice.caller):
        deeds = list(Deed.objects.order_by("at", "id").values_list("verb", "actor"))[2:]
    verbs = ["key.create", "key.change", "key.rotate", "key.revoke", "token.create"]
    assert deeds == [(verb, alice.caller.subject) for verb in verbs]


def test_the_command_makes_a_key_for_networks(alice: Person) -> None:
    call_command("create_api_key", "--namespace", alice.namespace.name, "--network", "10.1.0.0/16", "--quiet")
    key = ApiKey.objects.filter(namespace=alice.namespace).latest("created_at")
    assert key.networks == ["10.1.0.0/16"]


def test_a_program_on_this_machine_is_at_loopback(alice: Person) -> None:
    new = key_create(namespace=alice.namespace, scopes=Role.READER.scopes)
    ApiKey.objects.filter(pk=new.key.pk).update(networks=["10.0.0.0/8"])
    with pytest.raises(Forbidden):
        admitted(caller_of(new.secret), "127.0.0.1")


@pytest.mark.parametrize("path", [KEYS, f"{KEYS}/rotate", TOKENS])
def test_a_field_that_there_is_not_is_refused(alice: Person, path: str) -> None:
    answer = alice.call("post", path, {"expires_in_days": 1})  # the command's name for it
    assert (alice.last.status_code, answer["field"]) == (422, "expires_in_days")


def test_a_change_with_a_field_that_there_is_not_changes_nothing(alice: Person) -> None:
    id_ = make(alice, role="reader", name="mine")["key"]["id"]
    answer = alice.call("patch", f"{KEYS}/{id_}", {"name": "other", "network": ["10.0.0.0/8"]})
    assert (alice.last.status_code, answer["field"]) == (422, "network")
    assert alice.call("get", f"{KEYS}/{id_}")["name"] == "mine"
