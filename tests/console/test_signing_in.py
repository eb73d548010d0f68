"""Signing in: a password, then a code; nothing counts before both were right."""

import itertools
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

import clock
from accounts.models import User
from accounts.people.models import BrowserSession, TotpDevice
from accounts.scopes import Role
from tests.visitors import PASSWORD, code_now, signed_in, somebody

CODE = re.compile(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>")


@pytest.fixture
def person(alice) -> User:
    return somebody(roles={alice.namespace: Role.READER}, password=PASSWORD)


_addresses = itertools.count(1)


def elsewhere() -> Client:
    """A browser at an address of its own: attempts are counted by address."""
    return Client(raise_request_exception=False, REMOTE_ADDR=f"10.2.{os.getpid() % 250}.{next(_addresses)}")


@pytest.fixture
def browser() -> Client:
    return elsewhere()


def password(browser: Client, user: User, secret: str = PASSWORD, **extra):
    return browser.post("/login", {"username": user.username, "password": secret}, **extra)


def code(browser: Client, typed: str):
    return browser.post("/login/code", {"code": typed})


def is_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def test_password_and_code_open_the_page_that_was_wanted(browser, person):
    answer = browser.post("/login?next=/v1/memories", {"username": person.username, "password": PASSWORD})
    assert answer.headers["Location"] == "/login/code"
    assert not is_in(browser)
    assert code(browser, code_now(person)).headers["Location"] == "/v1/memories"
    assert browser.get("/v1/memories").status_code == 200


def test_a_page_of_another_site_is_not_led_to(browser, person):
    browser.post("/login?next=https://evil.example/", {"username": person.username, "password": PASSWORD})
    assert code(browser, code_now(person)).headers["Location"] == "/admin/"


def test_the_session_before_and_the_one_after_signing_in_differ(browser, person):
    password(browser, person)
    before = browser.cookies["sessionid"].value
    code(browser, code_now(person))
    assert browser.cookies["sessionid"].value != before
    assert not BrowserSession.objects.filter(pk=before).exists()


def test_a_wrong_code_opens_nothing(browser, person):
    password(browser, person)
    answer = code(browser, "000000")
    assert "That code is not right" in answer.content.decode()
    assert not is_in(browser)


def test_a_code_is_taken_once(browser, person):
    typed = code_now(person)
    password(browser, person)
    code(browser, typed)
    other = elsewhere()
    password(other, person)
    assert "not right" in code(other, typed).content.decode()


def test_after_a_wrong_code_the_next_waits_a_moment(browser, person):
    password(browser, person)
    code(browser, "000000")
    answer = code(browser, code_now(person))
    assert answer.status_code == 429
    assert "wait a moment" in answer.content.decode()
    with time_machine.travel(clock.now() + timedelta(seconds=5), tick=False):
        assert code(browser, code_now(person)).status_code == 302


def test_the_step_between_password_and_code_lasts_ten_minutes(browser, person):
    password(browser, person)
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert code(browser, code_now(person)).headers["Location"] == "/login"


def test_a_password_that_changed_meanwhile_ends_the_step_between(browser, person):
    password(browser, person)
    person.set_password("another battery staple")
    person.save()
    assert code(browser, code_now(person)).headers["Location"] == "/login"


def test_somebody_new_enrols_and_gets_recovery_codes_once(browser, alice):
    new = somebody(roles={alice.namespace: Role.READER}, enrolled=False, password=PASSWORD)
    assert password(browser, new).headers["Location"] == "/login/enrol"
    assert "data:image/svg+xml" in browser.get("/login/enrol").content.decode()
    assert "not right" in browser.post("/login/enrol", {"code": "000000"}).content.decode()
    assert not TotpDevice.objects.filter(user=new, confirmed=True).exists()
    with time_machine.travel(clock.now() + timedelta(seconds=2), tick=False):
        page = browser.post("/login/enrol", {"code": code_now(new, confirmed=False)}).content.decode()
    assert len(set(CODE.findall(page))) == 10
    assert is_in(browser)
    assert not CODE.findall(browser.get("/login/enrol", follow=True).content.decode())


def test_a_reload_shows_the_same_secret(browser, alice):
    new = somebody(roles={alice.namespace: Role.READER}, enrolled=False, password=PASSWORD)
    password(browser, new)
    shown = [re.findall(r'id="secret">([A-Z2-7 ]+)<', browser.get("/login/enrol").content.decode()) for _ in range(2)]
    assert len(shown[0]) == 1
    assert shown[0] == shown[1]


def test_a_recovery_code_opens_once_however_it_is_typed(browser, alice):
    new = somebody(roles={alice.namespace: Role.READER}, enrolled=False, password=PASSWORD)
    password(browser, new)
    browser.get("/login/enrol")
    page = browser.post("/login/enrol", {"code": code_now(new, confirmed=False)}).content.decode()
    first = CODE.findall(page)[0]
    other = elsewhere()
    password(other, new)
    assert code(other, first.replace("-", " ").upper()).status_code == 302
    assert is_in(other)
    third = elsewhere()
    password(third, new)
    assert "not right" in code(third, first).content.decode()


def test_the_authenticators_secret_is_sealed_in_the_database(person):
    device = TotpDevice.objects.get(user=person)
    assert device.secret not in device.sealed_key
    thief = somebody(enrolled=False)
    stolen = TotpDevice(user=thief, sealed_key=device.sealed_key)
    with pytest.raises(Exception, match="another row"):
        _ = stolen.secret


def test_five_wrong_passwords_lock_the_name_here(browser, person):
    for _ in range(5):
        last = password(browser, person, "guess", REMOTE_ADDR="10.1.0.1")
    assert last.status_code == 429
    assert "15 minutes" in last.content.decode()
    assert last["Retry-After"] == "900"
    assert password(browser, person, REMOTE_ADDR="10.1.0.1").status_code == 429


def test_wrong_codes_lock_like_wrong_passwords(browser, person):
    with time_machine.travel(clock.now(), tick=False) as moment:
        password(browser, person)
        for n in range(5):
            moment.shift(2**n + 1)
            last = code(browser, "000000")
        assert "15 minutes" in last.content.decode()
        moment.shift(60)
        assert "15 minutes" in code(browser, code_now(person)).content.decode()
        moment.shift(16 * 60)
        assert password(browser, person).status_code == 302


def test_a_lockout_concerns_one_name_at_one_address(browser, person, alice):
    other = somebody(roles={alice.namespace: Role.READER}, password=PASSWORD)
    for _ in range(5):
        password(browser, person, "guess", REMOTE_ADDR="10.1.0.2")
    assert password(browser, person, REMOTE_ADDR="10.1.0.3").status_code == 302
    assert password(browser, other, REMOTE_ADDR="10.1.0.2").status_code == 302


def test_passwords_cannot_be_guessed_fast(browser, person, settings):
    settings.SIGN_INS_PER_MINUTE = 3
    for _ in range(4):
        last = password(browser, person, "guess")
    assert (last.status_code, last.json()["code"]) == (429, "over_quota")
    assert password(browser, person).status_code == 429  # refused, though right: the name is closed for a minute


def test_a_header_cannot_pretend_to_be_another_address(browser, person):
    for n in range(6):
        last = password(browser, person, "guess", REMOTE_ADDR="10.1.0.4", HTTP_X_FORWARDED_FOR=f"10.9.9.{n}")
    assert last.status_code == 429


def test_a_header_cannot_lock_somebody_else_out(browser, person):
    for _ in range(5):
        password(browser, person, "guess", REMOTE_ADDR="10.1.0.5", HTTP_X_FORWARDED_FOR="10.1.0.6")
    assert password(browser, person, REMOTE_ADDR="10.1.0.6").status_code == 302


def test_who_may_not_browse_cannot_sign_in_and_learns_nothing(alice):
    outsider = somebody(staff=False, roles={alice.namespace: Role.READER}, password=PASSWORD)
    right = password(elsewhere(), outsider).content.decode()
    wrong = password(elsewhere(), outsider, "no").content.decode()
    assert [line for line in right.splitlines() if "alert" in line] == [
        line for line in wrong.splitlines() if "alert" in line
    ]


def test_signing_out_ends_the_session(person):
    client = signed_in(person)
    assert client.post("/logout").headers["Location"] == "/login"
    assert not is_in(client)


@pytest.mark.parametrize("path", ["/login", "/login/code", "/login/enrol", "/login/forgot", "/logout"])
def test_forms_want_the_csrf_token(path, person):
    strict = signed_in(person, enforce_csrf_checks=True)
    assert strict.post(path, {"username": "x", "password": "y", "code": "1"}).status_code == 403


@pytest.mark.parametrize("path", ["/login", "/login/forgot", "/login/link/unknown"])
def test_pages_run_no_script_and_are_not_kept(path, db):
    answer = Client().get(path)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert b"<script" not in answer.content


@pytest.mark.parametrize("typed", ["", "x" * 5000, "\x00", "１２３４５６", "-1", "1e5"])
def test_odd_codes_are_refused_with_a_page(browser, person, typed):
    password(browser, person)
    assert code(browser, typed).status_code in {200, 429}
    assert not is_in(browser)


def test_of_two_browsers_with_one_code_at_once_one_gets_in(person):
    browsers = [elsewhere(), elsewhere()]
    for one in browsers:
        password(one, person)
    typed = code_now(person)

    def enter(browser):
        try:
            return code(browser, typed).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(enter, browsers))
    assert sorted(answers) == [200, 302]
    assert [is_in(one) for one in browsers].count(True) == 1
