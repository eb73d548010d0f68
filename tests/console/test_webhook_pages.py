"""Webhooks on the console: made with a secret that is shown once, paused, resumed, deleted."""

import re

from accounts.door import tenant
from accounts.scopes import Role
from accounts.webhooks.models import Webhook
from tests.visitors import visitor

HOOKS = "/admin/accounts/webhook/"


def hooks(person) -> list[Webhook]:
    with tenant(person.caller):
        return list(Webhook.objects.filter(namespace_id=person.namespace.pk))


def made(ada, alice, url: str = "https://93.184.216.34/hook") -> str:
    return str(ada.post(f"{HOOKS}add/", namespace=alice.namespace.pk, url=url, description="the robot", events="store"))


def test_an_endpoint_is_made_and_its_secret_shown_once(ada, alice):
    page = made(ada, alice)
    (secret,) = re.findall(r"whsec_[\w+/=-]+", page)
    (hook,) = hooks(alice)
    assert (hook.url, hook.events) == ("https://93.184.216.34/hook", ["store"])
    for path in (HOOKS, f"{HOOKS}{hook.pk}/change/"):
        shown = ada.get(path)
        assert ada.last.status_code == 200
        assert secret not in shown
        assert hook.secret not in shown


def test_an_address_that_nothing_may_be_sent_to_is_refused_on_the_page(ada, alice):
    made(ada, alice, "http://127.0.0.1/hook")
    assert ada.last.status_code == 302
    assert hooks(alice) == []
    assert ada.last.headers["Location"] == f"{HOOKS}add/"


def test_it_is_paused_resumed_and_deleted(ada, alice):
    made(ada, alice)
    (hook,) = hooks(alice)
    ada.do(HOOKS, "pause", hook.pk)
    assert hooks(alice)[0].paused
    ada.do(HOOKS, "resume", hook.pk)
    assert not hooks(alice)[0].paused
    ada.do(HOOKS, "delete", hook.pk)
    assert hooks(alice) == []


def test_webhooks_are_for_admins(ada, alice):
    made(ada, alice)
    (hook,) = hooks(alice)
    writer = visitor(role=Role.WRITER, namespace=alice.namespace)
    writer.get(HOOKS)
    assert writer.last.status_code == 403
    writer.do(HOOKS, "delete", hook.pk)
    assert len(hooks(alice)) == 1
