"""One's own account, invitations and links: each works once, and only for what it is meant."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

import clock
from accounts.errors import Forbidden
from accounts.models import User
from accounts.people.errors import LinkSpent
from accounts.people.models import BrowserSession, OneTimeLink
from accounts.people.services.accounts import account_make
from accounts.people.services.links import invite, reset_link, setup_link
from accounts.scopes import Role
from runtime.paths import Home
from runtime.welcome import banner
from tests.visitors import PASSWORD, code_now, signed_in, somebody

NEW = "another battery staple"


def account(link_path: str, **form: str):
    browser = Client()
    return browser, browser.post(link_path, {"password": NEW, "again": NEW, **form})


def test_an_invitation_makes_a_member_who_enrols_next(alice):
    new = invite(caller=alice.caller, role=Role.WRITER)
    name = f"guest-{alice.namespace.name}"
    assert alice.namespace.name in Client().get(new.path).content.decode()
    browser, answer = account(new.path, name=name)
    assert answer.headers["Location"] == "/login/enrol"
    assert browser.get("/account").status_code == 302
    user = User.objects.get(username=name)
    assert user.password.startswith("argon2")
    assert (user.is_superuser, user.memberships.get().role) == (False, "writer")


def test_an_invitation_works_once(alice):
    new = invite(caller=alice.caller, role=Role.WRITER)
    account(new.path, name=f"first-{alice.namespace.name}")
    _, answer = account(new.path, name=f"second-{alice.namespace.name}")
    assert "used up or too old" in answer.content.decode()
    assert answer.status_code == 410
    assert not User.objects.filter(username=f"second-{alice.namespace.name}").exists()


def test_an_invitation_expires(alice):
    new = invite(caller=alice.caller, role=Role.WRITER)
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        assert "used up or too old" in Client().get(new.path).content.decode()


def test_a_refused_password_does_not_spend_the_invitation(alice):
    new = invite(caller=alice.caller, role=Role.WRITER)
    name = f"guest-{alice.namespace.name}"
    assert Client().post(new.path, {"name": name, "password": "short", "again": "short"}).status_code == 200
    assert account(new.path, name=name)[1].status_code == 302


def test_only_admins_invite(alice):
    with pytest.raises(Forbidden):
        invite(caller=alice.with_role(Role.WRITER).caller, role=Role.READER)


def test_the_token_is_not_in_the_database(alice):
    new = invite(caller=alice.caller, role=Role.READER)
    token = new.path.rsplit("/", 1)[1]
    row = OneTimeLink.objects.filter(pk=new.link.pk).values().get()
    assert token not in str(row)
    assert token.encode() not in bytes(row["digest"])


def test_a_reset_link_sets_the_password_and_ends_sessions_but_leaves_the_second_factor(alice):
    person = somebody(roles={alice.namespace: Role.READER}, password=PASSWORD)
    before = signed_in(person)
    browser, answer = account(reset_link(user=person, actor="operator").path)
    assert answer.headers["Location"] == "/login/code"
    assert browser.get("/account").status_code == 302
    assert browser.post("/login/code", {"code": code_now(person)}).status_code == 302
    assert browser.get("/account").status_code == 200
    assert before.get("/account").status_code == 302


def test_a_reset_link_is_no_invitation(alice):
    person = somebody(roles={alice.namespace: Role.READER})
    token = reset_link(user=person, actor="operator").path.rsplit("/", 1)[1]
    with pytest.raises(LinkSpent):
        account_make(token=token, name=f"thief-{alice.namespace.name}", password=NEW)


def test_the_newest_of_two_reset_links_counts(alice):
    person = somebody(roles={alice.namespace: Role.READER})
    first, second = (reset_link(user=person, actor="operator").path for _ in range(2))
    assert "used up" in Client().get(first).content.decode()
    assert "used up" not in Client().get(second).content.decode()


def test_an_empty_instance_prints_a_link_that_makes_its_first_operator(alice, tmp_path):
    operators = User.objects.filter(is_superuser=True)
    operators.update(is_superuser=False)  # as in an empty home
    first, again = setup_link(), setup_link()
    assert first is not None
    assert again is not None
    url = "http://127.0.0.1:8000"
    assert f"{url}{again.path}" in banner(home=Home(tmp_path), url=url, secret=None, setup=url + again.path)
    assert "used up" in Client().get(first.path).content.decode()  # one link at a time
    name = f"chief-{alice.namespace.name}"
    assert account(again.path, name=name)[1].headers["Location"] == "/login/enrol"
    assert User.objects.get(username=name).is_superuser
    assert setup_link() is None


def test_a_mail_brings_a_link_when_mail_is_configured(alice, settings):
    settings.EMAIL_URL = "smtp://mail.example.org"
    person = somebody(roles={alice.namespace: Role.READER})
    User.objects.filter(pk=person.pk).update(email="person@example.org")
    known = Client().post("/login/forgot", {"name": person.username}).content
    unknown = Client().post("/login/forgot", {"name": "nobody-at-all"}).content
    assert known == unknown
    (sent,) = mail.outbox
    assert sent.to == ["person@example.org"]
    (path,) = re.findall(r"http://testserver(/login/link/\S+)", str(sent.body))
    assert account(path)[1].headers["Location"] == "/login/code"


def test_without_mail_the_page_says_whom_to_ask(db):
    assert "Ask an operator" in Client().get("/login/forgot").content.decode()
    Client().post("/login/forgot", {"name": "x"})
    assert mail.outbox == []


@pytest.fixture
def person(alice) -> User:
    return somebody(roles={alice.namespace: Role.READER}, password=PASSWORD)


def test_sessions_are_listed_and_end_at_once(person):
    here, there = signed_in(person), signed_in(person)
    page = here.get("/account").content.decode()
    assert "this one" in page
    assert str(there.session.session_key) not in page  # whoever reads the page cannot take the session over
    mark = BrowserSession.objects.get(pk=there.session.session_key).mark
    here.post("/account/sessions", {"session": [mark]})
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_nobody_ends_the_sessions_of_somebody_else(person, alice):
    other = signed_in(somebody(roles={alice.namespace: Role.READER}))
    mark = BrowserSession.objects.get(pk=other.session.session_key).mark
    signed_in(person).post("/account/sessions", {"session": [mark]})
    assert other.get("/account").status_code == 200


def test_a_session_notes_when_it_was_last_seen(person):
    client = signed_in(person)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        client.get("/account")
        seen = BrowserSession.objects.get(pk=client.session.session_key).last_seen_at
        assert clock.now() - seen < timedelta(minutes=1)


def test_a_password_is_changed_with_the_former_one(person):
    here, there = signed_in(person), signed_in(person)
    wrong = here.post("/account/password", {"former": "x", "password": NEW, "again": NEW})
    assert "not your password" in wrong.content.decode()
    answer = here.post("/account/password", {"former": PASSWORD, "password": NEW, "again": NEW})
    assert answer.headers["Location"] == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_new_recovery_codes_take_a_fresh_code(person):
    client = signed_in(person)
    session = client.session
    session.pop("verified_at")
    session.save()
    assert client.post("/account/codes").headers["Location"] == "/login/verify?next=/account/codes"
    assert client.post("/login/verify?next=/account/codes", {"code": code_now(person)}).status_code == 302
    page = client.post("/account/codes").content.decode()
    assert len(re.findall(r"<code>[a-z2-7]{4}-[a-z2-7]{4}</code>", page)) == 10


def test_another_authenticator_replaces_the_former_one_only_when_its_code_was_right(person):
    client = signed_in(person)
    client.get("/account/authenticator")
    former = code_now(person)
    assert "not right" in client.post("/account/authenticator", {"code": former}).content.decode()
    with time_machine.travel(clock.now() + timedelta(seconds=5), tick=False):
        fresh = code_now(person, confirmed=False)
        assert "recovery codes" in client.post("/account/authenticator", {"code": fresh}).content.decode()
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/codes", "/account/authenticator"])
def test_an_account_is_its_owners(path, db):
    assert Client().get(path).headers["Location"].startswith("/login")
