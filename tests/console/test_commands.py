"""Commands about people: create_admin, otp_reset, and the console for a terminal."""

import io
import json
import sys
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

import clock
from accounts.models import User
from accounts.people.models import RecoveryKit, TotpDevice
from accounts.scopes import Role
from console.terminal.talk import plain
from tests.visitors import PASSWORD, code_now, signed_in, somebody


def run(monkeypatch, command: str, *args: str, typed: str = "") -> str:
    """What a command prints when these lines are typed."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    call_command(command, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def person(alice) -> User:
    return somebody(roles={alice.namespace: Role.ADMIN}, password=PASSWORD)


def at_the_terminal(monkeypatch, person: User, *typed: str) -> str:
    lines = [person.username, PASSWORD, code_now(person), *typed]
    return run(monkeypatch, "admin_console", typed="".join(f"{line}\n" for line in lines))


def test_create_admin_reads_the_password_from_standard_input(monkeypatch, alice):
    name = f"chief-{alice.namespace.name}"
    run(monkeypatch, "create_admin", name, typed=f"{PASSWORD}\n")
    user = User.objects.get(username=name)
    assert (user.is_staff, user.is_superuser, user.check_password(PASSWORD)) == (True, True, True)
    assert user.memberships.get().namespace.name == "default"


def test_create_admin_reads_the_password_from_a_file_named_in_the_environment(monkeypatch, alice, tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    monkeypatch.setenv("GARNER_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))
    name = f"chief-{alice.namespace.name}"
    run(monkeypatch, "create_admin", name)
    assert User.objects.get(username=name).check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["short", "password1234", "123456789012", ""])
def test_create_admin_refuses_a_weak_password(monkeypatch, alice, weak):
    name = f"chief-{alice.namespace.name}"
    with pytest.raises(CommandError):
        run(monkeypatch, "create_admin", name, typed=f"{weak}\n")
    assert not User.objects.filter(username=name).exists()


def test_create_admin_refuses_a_name_that_is_taken(monkeypatch, person):
    with pytest.raises(CommandError, match="taken"):
        run(monkeypatch, "create_admin", person.username, typed=f"{PASSWORD}\n")


def test_create_admin_takes_no_password_as_an_argument():
    with pytest.raises(CommandError):
        call_command("create_admin", "chief", PASSWORD)


def test_otp_reset_takes_factors_and_sessions_away_at_once(monkeypatch, person):
    browser = signed_in(person)
    assert browser.get("/account").status_code == 200
    run(monkeypatch, "otp_reset", person.username)
    assert browser.get("/account").status_code == 302
    assert not TotpDevice.objects.filter(user=person).exists()
    assert not RecoveryKit.objects.filter(user=person).exists()


def test_otp_reset_of_nobody_is_an_error(monkeypatch, db):
    with pytest.raises(CommandError, match="nobody"):
        run(monkeypatch, "otp_reset", "no-such-person")


def test_the_terminal_asks_for_password_and_code(monkeypatch, person):
    for lines in ([person.username, "wrong"], [person.username, PASSWORD, "000000"]):
        with pytest.raises(CommandError, match="not in"):
            run(monkeypatch, "admin_console", typed="".join(f"{line}\n" for line in lines))


def test_the_terminal_enrols_somebody_new(monkeypatch, alice):
    new = somebody(roles={alice.namespace: Role.ADMIN}, enrolled=False, password=PASSWORD)
    with pytest.raises(CommandError):
        run(monkeypatch, "admin_console", typed=f"{new.username}\n{PASSWORD}\n000000\n")
    with time_machine.travel(clock.now() + timedelta(seconds=3), tick=False):
        code = code_now(new, confirmed=False)
        page = run(monkeypatch, "admin_console", typed=f"{new.username}\n{PASSWORD}\n{code}\n0\n")
    assert "recovery codes" in page
    assert TotpDevice.objects.get(user=new).confirmed


def test_a_memory_is_found_and_purged(monkeypatch, alice, person):
    id_ = alice.store("the safe code is 4711")["id"]
    page = at_the_terminal(monkeypatch, person, "1", "what is the safe code", "2", id_, "a slip", "yes", "5", "0")
    assert f"{id_}  " in page
    assert "1 erased." in page
    assert "console.purge" in page
    assert alice.recall("safe code") == []


def test_without_a_yes_nothing_is_purged(monkeypatch, alice, person):
    id_ = alice.store("the safe code is 4711")["id"]
    at_the_terminal(monkeypatch, person, "2", id_, "a slip", "no", "0")
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_a_purge_asks_for_a_fresh_code(monkeypatch, alice, person, settings):
    id_ = alice.store("the safe code is 4711")["id"]
    settings.REVERIFY_MINUTES = -1
    page = at_the_terminal(monkeypatch, person, "2", id_, "a slip", "yes", "000000", "0")
    assert "Nothing was erased." in page
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_a_memory_is_restored_at_the_terminal(monkeypatch, alice, person):
    from grains.services.custody import grains_quarantine

    id_ = alice.store("the safe code is 4711")["id"]
    grains_quarantine(caller=alice.caller, ids=[id_])
    assert alice.recall("safe code") == []
    assert "active again" in at_the_terminal(monkeypatch, person, "3", id_, "0")
    assert alice.recall("safe code") == ["the safe code is 4711"]


def test_the_terminal_shows_nothing_of_another_namespace(monkeypatch, alice, bob, person):
    id_ = bob.store("bob's safe code is 1234")["id"]
    page = at_the_terminal(monkeypatch, person, "1", "safe code", "4", id_, "2", id_, "3", id_, "5", "0")
    assert "1234" not in page
    assert bob.recall("safe code") == ["bob's safe code is 1234"]


def test_a_reader_may_look_and_not_purge(monkeypatch, alice):
    reader = somebody(roles={alice.namespace: Role.READER}, password=PASSWORD)
    id_ = alice.store("the safe code is 4711")["id"]
    page = at_the_terminal(monkeypatch, reader, "4", id_, "2", "3", id_, "5", "0")
    assert "the safe code is 4711" in page
    assert page.count("This key may not") == 3


def test_details_are_json(monkeypatch, alice, person):
    id_ = alice.store("the safe code is 4711")["id"]
    page = at_the_terminal(monkeypatch, person, "4", id_, "0")
    told = json.loads(page[page.index("{") : page.rindex("}") + 1])
    assert told["versions"][0]["content"] == "the safe code is 4711"


def test_a_password_is_changed_at_the_terminal(monkeypatch, person):
    browser = signed_in(person)
    new = "another battery staple"
    assert "It is changed." in at_the_terminal(monkeypatch, person, "6", PASSWORD, new, new, "0")
    person.refresh_from_db()
    assert person.check_password(new)
    assert browser.get("/account").status_code == 302


def test_the_dashboard_is_the_console(monkeypatch, person):
    assert "/admin/" in at_the_terminal(monkeypatch, person, "7", "0")


def test_stored_text_cannot_steer_the_terminal():
    assert plain("a\x1b[2Jb\x07\n") == "a\\x1b[2Jb\\x07\n"
