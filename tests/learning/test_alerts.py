"""A firing signal is told once, by deed and by mail, and again only after its quiet time; failures are kept."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.door import tenant
from accounts.webhooks.sending import webhooks_send
from learning.models import Alert
from runtime.postgres import PostgresServer
from tests.accounts.receiver import receiving
from tests.learning.looks import Clock, unwarmed
from tests.learning.mail import Post, post_office
from tests.people import Person

TO = "ops@example.org, second@example.org"
NAME = "dormant_grain_rate"


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with post_office() as (post, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield post


def asleep(person: Person, count: int = 2) -> None:
    ids = [person.store(f"sleeping fact number {n} of {count}")["id"] for n in range(count)]
    person.call("post", "/v1/admin/lifecycle", {"ids": ids, "status": "dormant"})


def awake(person: Person, count: int = 8) -> None:
    person.store_batch(*({"content": f"waking fact number {n} of {count}"} for n in range(count)))


def about(post: Post) -> list[Any]:
    return [message for message in post.messages if NAME in str(message["Subject"])]


def test_a_fire_is_mailed_once_to_everyone_named(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice, alert_emails=TO))
    time.look(alice, 6)
    (message,) = about(post)
    assert message["To"] == TO
    assert alice.namespace.name in str(message["Subject"])
    body = message.get_payload(decode=True).decode()
    assert "healthy is at most 0.4" in body
    assert "sleeping fact" not in body


def test_webhooks_are_told_of_fire_and_clearing(
    alice: Person, post: Post, owner: PostgresServer, settings: Any
) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    time = Clock()
    with receiving() as receiver:
        told = {"url": receiver.url, "events": ["health.alert", "health.clear"]}
        alice.call("post", "/v1/admin/webhooks", told)
        asleep(unwarmed(alice))
        time.look(alice, 3)
        awake(alice)
        time.look(alice, 3)
        for _ in range(8):
            webhooks_send(time.now + timedelta(minutes=1))
        got = [(one["type"], one["data"]) for one in receiver.got if one["data"].get("signal") == NAME]
        alice.call("delete", "/v1/admin/webhooks/" + alice.call("get", "/v1/admin/webhooks")["webhooks"][0]["id"])
    assert [kind for kind, _ in got] == ["health.alert", "health.clear"]
    fired = got[0][1]
    assert (fired["turn"], fired["severity"], fired["value"]) == ("fired", "CRITICAL", 1.0)
    assert fired["namespace"] == alice.namespace.name


def test_without_an_address_nothing_is_mailed_and_nothing_waits(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice))
    time.look(alice, 3)
    assert post.messages == []
    assert {one["email"] for one in time.shown(alice)["alerts"]} == {"nobody"}


def test_firing_again_within_the_quiet_time_is_told_when_it_is_over(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice, alert_emails=TO, alert_hours=6))
    time.look(alice, 3)
    awake(alice)
    time.look(alice, 3)
    asleep(alice, 30)
    time.look(alice, 3)
    assert len(about(post)) == 1
    time.now += timedelta(hours=6)
    time.look(alice)
    assert len(about(post)) == 2
    time.look(alice, 3)
    assert len(about(post)) == 2


def test_a_mail_server_that_is_away_is_tried_again(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice, alert_emails=TO))
    post.refuses = True
    time.look(alice, 3)
    assert {one["email"] for one in time.shown(alice)["alerts"]} == {"waiting"}
    post.refuses = False
    time.look(alice)
    assert len(about(post)) == 1
    assert {one["email"] for one in time.shown(alice)["alerts"]} == {"sent"}


def test_what_cannot_be_sent_is_given_up_and_written_down(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice, alert_emails=TO))
    post.refuses = True
    time.look(alice, 8)
    (alert,) = [one for one in time.shown(alice)["alerts"] if one["signal"] == NAME]
    assert (alert["email"], alert["attempts"]) == ("failed", 5)
    with tenant(alice.caller):
        assert Alert.objects.get(signal=NAME).error == "SMTPSenderRefused"


def test_bob_hears_nothing_of_alice(alice: Person, bob: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice))
    unwarmed(bob, alert_emails=TO)
    bob.store("bob's own")
    time.look(alice, 3)
    time.look(bob, 3)
    assert about(post) == []
    assert NAME not in {one["signal"] for one in bob.call("get", "/health/signals")["active_warnings"]}
    with tenant(bob.caller):
        assert not Alert.objects.filter(signal=NAME).exists()


def test_switched_off_nothing_is_watched(alice: Person, post: Post) -> None:
    time = Clock()
    asleep(unwarmed(alice, alert_emails=TO, health=False))
    time.look(alice, 4)
    shown = time.shown(alice)
    assert (shown["enabled"], shown["status"], shown["alerts"], post.messages) == (False, "healthy", [], [])


def test_a_preview_mails_nothing(alice: Person, post: Post) -> None:
    asleep(unwarmed(alice, alert_emails=TO))
    Clock().look(alice)
    alice.call("post", "/v1/admin/jobs/health", {"dry_run": True})
    assert alice.last.status_code == 200
    assert post.messages == []
