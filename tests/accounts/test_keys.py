"""API keys: what they may do, when they stop, what is known of them."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from cachetools import TTLCache

import clock
from accounts.door import Caller
from accounts.errors import NotFound, Unauthenticated
from accounts.models import ApiKey
from accounts.scopes import Role, Scope
from accounts.services import keys
from accounts.services.keys import caller_of, digest_of, first_key, key_create, key_revoke
from tests.people import Person

UNKNOWN = "00000000-0000-7000-8000-000000000000"
CALLS = {
    "recall": ("post", "/v1/recall", {"query": "a"}),
    "inspect": ("get", f"/v1/inspect/{UNKNOWN}", None),
    "list": ("get", "/v1/memories", None),
    "store": ("post", "/v1/store", {"content": "a"}),
    "batch": ("post", "/v1/store/batch", {"memories": [{"content": "a"}]}),
    "update": ("patch", "/v1/update", {"id": UNKNOWN, "content": "a"}),
    "feedback": (
        "post",
        "/v1/feedback/trace",
        {"trace_id": UNKNOWN, "ratings": [{"grain_id": UNKNOWN, "useful": True}]},
    ),
    "forget": ("delete", "/v1/forget", {"ids": [UNKNOWN]}),
}
READS = {"recall", "inspect", "list"}
MAY = {Role.READER: READS, Role.WRITER: set(CALLS) - {"forget"}, Role.ADMIN: set(CALLS)}


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """This process's memory of keys, on a clock of our own."""
    moment = SimpleNamespace(seconds=0.0)
    cache: TTLCache[bytes, Caller] = TTLCache(maxsize=10, ttl=keys.REMEMBER_SECONDS, timer=lambda: moment.seconds)
    monkeypatch.setattr(keys, "_known", cache)
    return moment


def status(person: Person, call: str) -> int:
    method, path, body = CALLS[call]
    person.call(method, path, body)
    return int(person.last.status_code)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_exactly_what_it_says(alice: Person, role: Role) -> None:
    holder = alice.with_role(role)
    refused = {call for call in CALLS if status(holder, call) == 403}
    assert refused == set(CALLS) - MAY[role]


def test_a_refusal_names_the_scope_that_is_missing(alice: Person) -> None:
    answer = alice.with_role(Role.READER).store("x")
    assert answer["error"] == "This key may not store: it needs the scope 'store'."


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer gk_unknown", "gk_unknown"])
def test_without_a_known_key_there_is_401(alice: Person, header: str) -> None:
    for method, path, body in CALLS.values():
        answer = alice.call(method, path, body, authorization=header)
        assert alice.last.status_code == 401
        assert answer["code"] == "unauthenticated"
        assert alice.last["WWW-Authenticate"] == 'Bearer realm="garner"'


def test_the_scheme_is_not_case_sensitive(alice: Person) -> None:
    alice.call("get", "/v1/memories", authorization=f"bearer {alice.secret}")
    assert alice.last.status_code == 200


def test_the_key_itself_is_stored_nowhere(alice: Person) -> None:
    key = ApiKey.objects.get(namespace=alice.namespace)
    assert bytes(key.digest) == digest_of(alice.secret)
    written = [str(getattr(key, field.attname)) for field in ApiKey._meta.concrete_fields]
    assert not any(alice.secret in text for text in written)
    assert alice.secret.startswith("gk_")
    assert len(alice.secret) > 40


def test_an_expired_key_stops_within_five_seconds(alice: Person, remembered: SimpleNamespace) -> None:
    now = clock.now()
    soon = now + timedelta(minutes=1)
    new = key_create(namespace=alice.namespace, scopes=Role.ADMIN.scopes, expires_at=soon)
    assert caller_of(new.secret).namespace == alice.namespace.name
    remembered.seconds += 5
    with time_machine.travel(soon + timedelta(seconds=5)), pytest.raises(Unauthenticated):
        caller_of(new.secret)


def test_a_key_that_has_expired_before_its_first_use_is_refused(alice: Person) -> None:
    new = key_create(namespace=alice.namespace, scopes=Role.ADMIN.scopes, expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        caller_of(new.secret)


def test_a_revoked_key_stops_within_five_seconds_in_every_process(alice: Person, remembered: SimpleNamespace) -> None:
    label = ApiKey.objects.get(namespace=alice.namespace).label
    assert status(alice, "list") == 200
    key_revoke(label=label)
    remembered.seconds += 5
    assert status(alice, "list") == 401


def test_a_revoked_key_stops_at_once_where_it_was_not_remembered(alice: Person) -> None:
    key_revoke(label=ApiKey.objects.get(namespace=alice.namespace).label)
    assert status(alice, "list") == 401


def test_revoking_one_key_leaves_the_others(alice: Person, remembered: SimpleNamespace) -> None:
    other = alice.with_role(Role.READER)
    key_revoke(label=ApiKey.objects.filter(namespace=alice.namespace).earliest("created_at").label)
    remembered.seconds += 5
    assert (status(alice, "list"), status(other, "list")) == (401, 200)


def test_revoking_an_unknown_key_says_so(db: None) -> None:
    with pytest.raises(NotFound):
        key_revoke(label="0123456789abcdef")


def test_the_last_use_is_written_at_most_once_a_minute(alice: Person, remembered: SimpleNamespace) -> None:
    def last_use() -> object:
        return ApiKey.objects.get(namespace=alice.namespace).last_used_at

    assert last_use() is None
    start = clock.now()
    uses = []
    for seconds in (0, 30, 90):
        remembered.seconds += 5
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            caller_of(alice.secret)
        uses.append(last_use())
    assert uses == [start, start, start + timedelta(seconds=90)]


def test_a_key_sees_only_its_namespace(alice: Person, bob: Person) -> None:
    theirs = bob.namespace.name
    calls = (
        ("post", "/v1/store", {"content": "x", "namespace": theirs}),
        ("post", "/v1/recall", {"query": "x", "namespace": theirs}),
        ("patch", "/v1/update", {"id": UNKNOWN, "content": "x", "namespace": theirs}),
        ("delete", "/v1/forget", {"agent": "x", "namespace": theirs}),
        ("get", f"/v1/memories?namespace={theirs}", None),
    )
    for method, path, body in calls:
        answer = alice.call(method, path, body)
        assert (alice.last.status_code, answer["field"]) == (403, "namespace"), path


def test_naming_ones_own_namespace_is_fine(alice: Person) -> None:
    alice.store("x", namespace=alice.namespace.name)
    assert alice.last.status_code == 200


def test_there_is_no_second_first_key(alice: Person) -> None:
    assert ApiKey.objects.filter(scopes__contains=[Scope.ADMIN]).exists()
    assert first_key() is None
