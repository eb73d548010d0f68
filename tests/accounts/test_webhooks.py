"""Webhooks: everything that happens is told, once per id, however long the receiver was away."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

import clock
from accounts import retention
from accounts.deeds import deed_append
from accounts.door import tenant
from accounts.models import Deed
from accounts.operator import operator, scan
from accounts.scopes import Role
from accounts.services.namespaces import namespace_delete
from accounts.tasks import webhooks_deliver
from accounts.vault import key_of, vault_open
from accounts.webhooks.events import CONSUMER, send_event
from accounts.webhooks.models import Delivery, Webhook
from accounts.webhooks.posting import Outcome
from accounts.webhooks.sending import ATTEMPTS, GIVE_UP_AFTER, webhooks_send
from runtime.postgres import PostgresServer
from tests.accounts.receiver import Receiver, receiving
from tests.outbox import drain_all
from tests.people import Person


@pytest.fixture(autouse=True)
def _as_operator(owner: PostgresServer, settings) -> Iterator[None]:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    drain_all(CONSUMER)
    yield
    with scan() as alias:
        Webhook.objects.using(alias).all().delete()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def subscribe(someone: Person, receiver: Receiver, *events: str) -> Any:
    answer = someone.call("post", "/v1/admin/webhooks", {"url": receiver.url, "events": list(events)})
    assert someone.last.status_code == 201, answer
    drain_all(CONSUMER)
    return answer


def deliver(now: datetime | None = None) -> int:
    drain_all(CONSUMER)
    return webhooks_send(now or clock.now())


def soon() -> datetime:
    """A moment at which what happens now is due."""
    return clock.now() + timedelta(seconds=1)


def deliveries(someone: Person, **wanted: Any) -> list[Delivery]:
    with operator([someone.namespace.pk]) as alias:
        return list(Delivery.objects.using(alias).filter(**wanted).order_by("id"))


def endpoint(someone: Person) -> Webhook:
    with operator([someone.namespace.pk]) as alias:
        return Webhook.objects.using(alias).get()


def test_a_store_is_told_with_ids_and_without_content(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    id_ = alice.store("the safe code is 4711")["id"]
    deliver()
    (message,) = receiver.got
    assert (message["type"], message["data"]["verb"], message["data"]["ids"]) == ("store", "store", [id_])
    assert message["data"]["namespace"] == alice.namespace.name
    assert "4711" not in receiver.bodies[0]
    assert receiver.headers[0]["content-type"] == "application/json"


def test_messages_are_signed_as_standard_webhooks_are(alice: Person, receiver: Receiver) -> None:
    secret = subscribe(alice, receiver, "store")["secret"]
    alice.store("x")
    now = clock.now() + timedelta(seconds=1)
    deliver(now)
    assert receiver.is_signed(0, secret)
    assert not receiver.is_signed(0, "whsec_AAAA")
    assert receiver.headers[0]["webhook-timestamp"] == str(int(now.timestamp()))
    assert receiver.ids[0].startswith("msg_")


def test_a_webhook_gets_the_events_that_it_asked_for(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "forget", "update")
    id_ = alice.store("x")["id"]
    alice.update(id=id_, content="y")
    alice.forget(ids=[id_])
    deliver()
    assert [message["type"] for message in receiver.got] == ["update", "forget"]


def test_without_a_choice_it_gets_everything_from_then_on(alice: Person, receiver: Receiver) -> None:
    alice.store("before")
    drain_all(CONSUMER)
    subscribe(alice, receiver)
    alice.store("after")
    deliver()
    assert [message["type"] for message in receiver.got] == ["webhook.create", "store"]


def test_a_receiver_that_was_down_for_an_hour_gets_everything_once_per_id(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    receiver.status = 503
    ids, now = [], clock.now()
    for _ in range(60):
        with tenant(alice.caller):
            subject = clock.new_id(now)
            deed_append(caller=alice.caller, verb="store", subjects=[subject])
        ids.append(str(subject))
        now += timedelta(minutes=1)
        deliver(now)
    assert receiver.got, "it was tried meanwhile"
    down = len(receiver.got)
    assert down < 60, "and let alone in between"
    receiver.status = 200
    for kept in (receiver.got, receiver.headers, receiver.bodies):
        kept.clear()
    while any(one.state == "pending" for one in deliveries(alice)):
        now += timedelta(minutes=5)
        deliver(now)
    taken = receiver.taken()
    assert sorted(message["data"]["ids"][0] for message in taken.values()) == sorted(ids)
    assert len(receiver.got) == len(taken) == 60, "none twice after the first time it was taken"
    assert {one.state for one in deliveries(alice)} == {"delivered"}


def test_a_repeat_carries_the_same_id_and_body(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    alice.store("x")
    receiver.status = 500
    now = clock.now()
    for _ in range(3):
        now += timedelta(hours=1)
        deliver(now)
    assert len(set(receiver.ids)) == 1 < len(receiver.ids)
    assert len(set(receiver.bodies)) == 1
    assert len({headers["webhook-timestamp"] for headers in receiver.headers}) == len(receiver.ids)


def test_pauses_between_attempts_grow(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    alice.store("x")
    receiver.status = 500
    now, dues = soon(), []
    for _ in range(5):
        deliver(now)
        (one,) = deliveries(alice)
        dues.append((one.due_at - now).total_seconds())
        now = max(one.due_at, endpoint(alice).next_at or now)
    for pause, expected in zip(dues, (5, 15, 45, 135, 405), strict=True):
        assert 0.8 * expected <= pause <= 1.2 * expected


def test_what_fails_for_days_is_dead_and_can_be_replayed(alice: Person, receiver: Receiver) -> None:
    id_ = subscribe(alice, receiver, "store")["webhook"]["id"]
    alice.store("x")
    answers = {"fails": True}

    def poster(url: str, body: str, headers: Any) -> Outcome:
        return Outcome(500 if answers["fails"] else 200, "answered 500" if answers["fails"] else "")

    now = clock.now()
    drain_all(CONSUMER)
    for _ in range(ATTEMPTS + 2):
        webhooks_send(now, poster)
        now = max(now, endpoint(alice).next_at or now)
        endpoint_awake(alice)
    alice.call("get", f"/v1/admin/webhooks/{id_}/deliveries?state=mislaid")
    assert alice.last.status_code == 422
    listed = alice.call("get", f"/v1/admin/webhooks/{id_}/deliveries?state=dead")["deliveries"]
    assert [(one["state"], one["attempts"], one["status"]) for one in listed] == [("dead", ATTEMPTS, 500)]
    answers["fails"] = False
    assert alice.call("post", f"/v1/admin/webhooks/{id_}/deliveries", {}) == {"count": 1}
    assert webhooks_send(clock.now() + timedelta(seconds=1), poster) == 1
    assert [one.state for one in deliveries(alice)] == ["delivered"]
    assert alice.call("post", f"/v1/admin/webhooks/{id_}/deliveries", {"ids": []})["field"] == "ids"


def endpoint_awake(someone: Person) -> None:
    """Take an endpoint's own pause away, to see what becomes of one message."""
    with operator([someone.namespace.pk]) as alias:
        Webhook.objects.using(alias).update(paused=False, failing_since=None)


def test_one_message_that_is_never_taken_does_not_hold_up_the_others(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    bad, *good = [alice.store(f"memory {n}")["id"] for n in range(5)]
    taken: list[str] = []

    def poster(url: str, body: str, headers: Any) -> Outcome:
        if bad in body:
            return Outcome(422, "answered 422")
        taken.append(json.loads(body)["data"]["ids"][0])
        return Outcome(200, "")

    drain_all(CONSUMER)
    now = clock.now()
    for _ in range(6):
        now += timedelta(minutes=6)
        webhooks_send(now, poster)
    assert sorted(taken) == sorted(good)


def test_an_endpoint_that_fails_for_three_days_is_paused_and_resumes_with_everything(
    alice: Person, receiver: Receiver
) -> None:
    id_ = subscribe(alice, receiver, "store")["webhook"]["id"]
    alice.store("x")
    receiver.status = 500
    now = soon()
    deliver(now)
    deliver(now + GIVE_UP_AFTER + timedelta(hours=1))
    answer = alice.call("get", f"/v1/admin/webhooks/{id_}")
    assert (answer["paused"], answer["paused_because"]) == (True, "it failed for three days")
    with tenant(alice.caller):
        assert Deed.objects.filter(verb="webhook.pause").count() == 1
    alice.store("y")
    count = len(receiver.got)
    deliver(now + GIVE_UP_AFTER + timedelta(hours=2))
    assert len(receiver.got) == count, "nobody knocks at a paused one"
    receiver.status = 200
    alice.call("patch", f"/v1/admin/webhooks/{id_}", {"paused": False})
    deliver(now + GIVE_UP_AFTER + timedelta(days=1))
    assert {one.state for one in deliveries(alice)} == {"delivered"}


def test_a_receiver_that_is_gone_for_good_says_410(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    alice.store("x")
    receiver.status = 410
    deliver()
    assert endpoint(alice).paused


def test_a_slow_or_dead_endpoint_does_not_delay_bobs(alice: Person, bob: Person, receiver: Receiver) -> None:
    with receiving() as his:
        subscribe(alice, receiver, "store")
        subscribe(bob, his, "store")
        receiver.status = 500
        for n in range(3):
            alice.store(f"hers {n}")
            bob.store(f"his {n}")
        deliver()
        assert len(his.got) == 3
        assert len(receiver.got) == 1
        assert all(message["data"]["namespace"] == bob.namespace.name for message in his.got)


def test_a_sender_that_was_killed_leaves_its_messages_to_the_next(alice: Person, receiver: Receiver) -> None:
    class Killed(BaseException):
        pass

    def dies(url: str, body: str, headers: Any) -> Outcome:
        raise Killed

    subscribe(alice, receiver, "store")
    alice.store("x")
    drain_all(CONSUMER)
    now = clock.now()
    with pytest.raises(Killed):
        webhooks_send(now, dies)
    assert webhooks_send(now + timedelta(minutes=1)) == 0, "its lease holds"
    assert webhooks_send(now + timedelta(minutes=6)) == 1


def test_both_secrets_sign_while_one_replaces_the_other(alice: Person, receiver: Receiver) -> None:
    made = subscribe(alice, receiver, "store")
    new = alice.call("post", f"/v1/admin/webhooks/{made['webhook']['id']}/secret")["secret"]
    alice.store("x")
    now = soon()
    deliver(now)
    assert (receiver.is_signed(0, made["secret"]), receiver.is_signed(0, new)) == (True, True)
    alice.store("y")
    deliver(now + timedelta(hours=25))
    assert (receiver.is_signed(1, made["secret"]), receiver.is_signed(1, new)) == (False, True)


def test_secrets_lie_sealed_in_the_database_and_open_for_their_own_row_only(alice: Person, receiver: Receiver) -> None:
    secret = subscribe(alice, receiver)["secret"]
    stored = endpoint(alice)
    assert secret not in stored.secret
    assert key_of(stored.secret) == "k1"
    assert vault_open(stored.secret, context=stored.context) == secret
    assert secret not in json.dumps(alice.call("get", "/v1/admin/webhooks"))


def test_other_parts_tell_of_events_that_are_no_deeds(alice: Person, bob: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "health.alert")
    assert send_event(alice.namespace.pk, "health.alert", {"index": "behind"}) == 1
    assert send_event(alice.namespace.pk, "another", {}) == 0
    assert send_event(bob.namespace.pk, "health.alert", {}) == 0
    with operator([alice.namespace.pk]) as alias:
        send_event(alice.namespace.pk, "health.alert", {"index": "well"}, using=alias)
    deliver(clock.now() + timedelta(seconds=1))
    assert [(message["type"], message["data"]["index"]) for message in receiver.got] == [
        ("health.alert", "behind"),
        ("health.alert", "well"),
    ]


def test_an_event_of_a_transaction_that_fails_is_not_told(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "health.alert")
    with operator([alice.namespace.pk]) as alias:
        send_event(alice.namespace.pk, "health.alert", {}, using=alias)
        transaction.set_rollback(True, using=alias)
    deliver()
    assert receiver.got == []


def test_the_worker_sends_every_second(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "test")
    assert alice.call("post", "/v1/admin/webhooks/test") == {"count": 1}
    webhooks_deliver()
    assert [message["type"] for message in receiver.got] == ["test"]


def test_admins_alone_see_and_change_webhooks_and_bob_none_of_alices(
    alice: Person, bob: Person, receiver: Receiver
) -> None:
    id_ = subscribe(alice, receiver)["webhook"]["id"]
    assert bob.call("get", "/v1/admin/webhooks") == {"webhooks": []}
    path = f"/v1/admin/webhooks/{id_}"
    calls: tuple[tuple[str, str, Any], ...] = (
        ("get", path, None),
        ("patch", path, {"paused": True}),
        ("delete", path, None),
        ("post", f"{path}/secret", None),
        ("get", f"{path}/deliveries", None),
        ("post", f"{path}/deliveries", {}),
    )
    writer = alice.with_role(Role.WRITER)
    for method, where, body in calls:
        bob.call(method, where, body)
        writer.call(method, where, body)
        assert (bob.last.status_code, writer.last.status_code) == (404, 403), where
    assert alice.call("get", path)["paused"] is False
    assert alice.call("get", "/v1/admin/webhooks/no-uuid")["code"] == "not_found"


def test_bad_input_is_answered_with_a_sentence(alice: Person, receiver: Receiver) -> None:
    made = subscribe(alice, receiver)["webhook"]
    for body in ({}, {"url": 5}, {"url": receiver.url, "events": [""]}, {"url": receiver.url, "events": ["x"] * 101}):
        alice.call("post", "/v1/admin/webhooks", body)
        assert alice.last.status_code in {400, 422}, body
    alice.call("patch", f"/v1/admin/webhooks/{made['id']}", {"url": "http://10.0.0.1/"})
    assert alice.last.status_code == 422
    for _ in range(19):
        alice.call("post", "/v1/admin/webhooks", {"url": receiver.url})
    alice.call("post", "/v1/admin/webhooks", {"url": receiver.url})
    assert alice.last.status_code == 409


def test_every_change_of_a_webhook_is_a_deed(alice: Person, receiver: Receiver) -> None:
    id_ = subscribe(alice, receiver)["webhook"]["id"]
    alice.call("patch", f"/v1/admin/webhooks/{id_}", {"events": ["store"], "description": "mine"})
    alice.call("post", f"/v1/admin/webhooks/{id_}/secret")
    alice.call("delete", f"/v1/admin/webhooks/{id_}")
    assert alice.last.status_code == 204
    with tenant(alice.caller):
        verbs = list(Deed.objects.filter(verb__startswith="webhook").order_by("at").values_list("verb", flat=True))
    assert verbs == ["webhook.create", "webhook.change", "webhook.rotate", "webhook.delete"]
    assert alice.call("get", "/v1/admin/webhooks") == {"webhooks": []}


def test_old_deliveries_go_with_their_retention(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver, "store")
    alice.store("x")
    deliver()
    retention.deliveries_sweep(clock.now())
    assert len(deliveries(alice)) == 1
    retention.deliveries_sweep(clock.now() + timedelta(days=31))
    assert deliveries(alice) == []


def test_a_deleted_namespace_tells_nobody_any_more(alice: Person, receiver: Receiver) -> None:
    subscribe(alice, receiver)
    alice.store("x")
    namespace_delete(name=alice.namespace.name, confirm=alice.namespace.name)
    deliver()
    assert receiver.got == []


def test_webhooks_by_hand(alice: Person, receiver: Receiver) -> None:
    def run(*words: str) -> str:
        out = StringIO()
        call_command("webhook", *words, "--namespace", alice.namespace.name, stdout=out)
        return out.getvalue()

    assert "whsec_" in run("create", receiver.url, "--event", "store")
    id_ = str(endpoint(alice).id)
    run("pause", id_)
    assert "paused: by hand" in run("list")
    run("resume", id_)
    assert f"{id_} {receiver.url} [store] 0 failures" in run("list")
    assert "0 dead" in run("replay", id_)
    run("delete", id_)
    assert run("list") == ""
    with pytest.raises(CommandError):
        run("create", "http://10.0.0.1/")
