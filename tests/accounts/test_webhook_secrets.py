"""An endpoint whose stored secret cannot be opened gets nothing, and keeps nobody else from theirs."""

import pytest

from accounts.operator import operator
from accounts.webhooks.models import Webhook
from runtime.postgres import PostgresServer
from tests.accounts.receiver import receiving
from tests.accounts.test_webhooks import deliver, deliveries, subscribe
from tests.people import Person


@pytest.mark.parametrize("secret", ["v9.other.text", "no secret at all", ""])
def test_a_secret_that_cannot_be_opened_stops_its_endpoint_alone(
    alice: Person, bob: Person, owner: PostgresServer, settings, secret: str
) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    with receiving() as hers, receiving() as his:
        subscribe(alice, hers, "store")
        subscribe(bob, his, "store")
        with operator([alice.namespace.pk]) as alias:
            Webhook.objects.using(alias).update(secret=secret)
        alice.store("told to nobody")
        bob.store("told to bob")
        deliver()
        assert (len(hers.got), len(his.got)) == (0, 1)
        (waiting,) = deliveries(alice)
        assert (waiting.attempts, waiting.error) == (1, "secret_unusable")
