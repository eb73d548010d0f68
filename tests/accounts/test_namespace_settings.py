"""Settings of a namespace's own: which value holds, who may change it, and that nobody else's changes."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cachetools import TTLCache
from django.core.management import CommandError, call_command

from accounts import namespace_settings
from accounts.door import tenant
from accounts.errors import Forbidden, Invalid
from accounts.models import Deed, NamespaceOverride
from accounts.namespace_settings import Between, NamespaceSetting, OneOf, register, registered, setting_of
from accounts.services.keys import key_create
from accounts.services.namespace_settings import own_settings, settings_change
from accounts.services.quotas import GRAINS_PER_MINUTE
from retrieval.scoring import MEMEX_HALF_LIFE_DAYS
from tests.people import Person

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([a-z_]+)` \| (.*?) ?\| (\w+) \| (.+) \|$", re.MULTILINE)
DAYS = NamespaceSetting("days", float, lambda: 30.0, Between(0.5, 100), "Days.")
FLAG = NamespaceSetting("flag", bool, lambda: False, None, "A flag.")
COUNT = NamespaceSetting("count", int, lambda: 3, None, "A count.")
COLOUR = NamespaceSetting("colour", str, lambda: "red", OneOf(("red", "green")), "A colour.")
NAME = NamespaceSetting("name", str, lambda: "", None, "A name.")


def change(person: Person, **changes: Any) -> None:
    settings_change(caller=person.caller, changes=changes)


# --- which value holds


def test_the_instances_value_holds_until_the_namespace_has_one(alice, settings):
    settings.MEMEX_HALF_LIFE_DAYS = 12.5
    assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 12.5
    change(alice, memex_half_life_days=7.0)
    assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 7.0
    change(alice, memex_half_life_days=None)
    assert setting_of(alice.namespace.pk, "memex_half_life_days") == 12.5


def test_alices_value_is_not_bobs(alice, bob):
    change(alice, memex_half_life_days=7.0)
    assert own_settings(caller=bob.caller) == {}
    assert setting_of(bob.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 30.0


def test_it_can_be_asked_for_inside_the_door(alice):
    change(alice, memex_half_life_days=7.0)
    with tenant(alice.caller):
        assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 7.0


def test_another_process_sees_a_change_when_what_it_remembers_is_old(alice, monkeypatch):
    now = [0.0]
    memory: TTLCache[int, dict[str, Any]] = TTLCache(10, namespace_settings.REMEMBER_SECONDS, timer=lambda: now[0])
    monkeypatch.setattr(namespace_settings, "_known", memory)
    assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 30.0
    monkeypatch.setattr(namespace_settings, "_known", TTLCache(10, 10))  # the process that changes it
    change(alice, memex_half_life_days=7.0)
    monkeypatch.setattr(namespace_settings, "_known", memory)
    assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 30.0
    now[0] = 5.0
    assert setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS) == 7.0


def test_asking_again_costs_no_round_trip(alice, django_assert_num_queries):
    setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS)
    with django_assert_num_queries(0):
        setting_of(alice.namespace.pk, MEMEX_HALF_LIFE_DAYS)


def test_a_stored_value_that_is_no_longer_allowed_counts_as_none(alice):
    with tenant(alice.caller):
        for name, value in (("memex_half_life_days", -3), ("gone", 1)):
            NamespaceOverride.objects.create(
                namespace=alice.namespace, name=name, value=value, changed_at="2026-01-01T00:00Z", changed_by="x"
            )
    assert own_settings(caller=alice.caller) == {}


# --- what may be set


GOOD: list[Any] = [
    (DAYS, 1, 1.0),
    (DAYS, 100.0, 100.0),
    (FLAG, True, True),
    (COUNT, -5, -5),
    (COLOUR, "green", "green"),
]


@pytest.mark.parametrize(("setting", "value", "kept"), GOOD)
def test_a_value_of_the_right_type_is_kept(setting, value, kept):
    assert setting.checked(value) == kept
    assert type(setting.checked(value)) is setting.type


BAD: list[tuple[Any, tuple[Any, ...]]] = [
    (DAYS, (0.4, 101, "7", True, None, float("nan"), float("inf"))),
    (FLAG, (1, "true", 0.0)),
    (COUNT, (1.0, "1", False, [])),
    (COLOUR, ("blue", "", 1, {})),
    (NAME, ("a\0b", "x" * 1001, "\ud800")),
]


@pytest.mark.parametrize(("setting", "value"), [(setting, value) for setting, values in BAD for value in values])
def test_another_value_is_refused(setting, value):
    with pytest.raises(Invalid, match=setting.name):
        setting.checked(value)


@pytest.mark.parametrize(
    ("setting", "typed", "read"),
    [(DAYS, "7", 7.0), (FLAG, "on", True), (FLAG, "0", False), (COUNT, "12", 12), (COLOUR, "green", "green")],
)
def test_what_is_typed_at_the_command_line_is_read(setting, typed, read):
    assert setting.read(typed) == read


@pytest.mark.parametrize(("setting", "typed"), [(DAYS, "week"), (DAYS, "nan"), (FLAG, "maybe"), (COUNT, "1.5")])
def test_what_cannot_be_read_is_refused(setting, typed):
    with pytest.raises(Invalid):
        setting.read(typed)


def test_one_bad_value_changes_nothing(alice):
    with pytest.raises(Invalid):
        change(alice, memex_half_life_days=7.0, default_profile="best")
    assert own_settings(caller=alice.caller) == {}


@pytest.mark.parametrize("changes", [{}, {"nothing": 1}, {f"n{n}": 1 for n in range(101)}])
def test_nothing_unknown_and_too_much_are_refused(alice, changes):
    with pytest.raises(Invalid):
        change(alice, **changes)


def test_what_a_namespace_may_use_up_is_set_by_the_operator_alone(alice):
    with pytest.raises(Forbidden):
        change(alice, grains_per_minute=0)
    settings_change(caller=alice.caller, changes={"grains_per_minute": 9}, as_operator=True)
    assert setting_of(alice.namespace.pk, GRAINS_PER_MINUTE) == 9


def test_two_settings_cannot_have_one_name():
    with pytest.raises(ValueError, match="grains_per_minute"):
        register(NamespaceSetting("grains_per_minute", int, lambda: 1, None, "Another."))


def test_a_change_leaves_a_deed_with_both_values(alice):
    change(alice, memex_half_life_days=7.0)
    change(alice, memex_half_life_days=9.0)
    with tenant(alice.caller):
        deed = Deed.objects.filter(namespace_id=alice.namespace.pk, verb="settings.change").latest("at")
    assert deed.detail == {"from": {"memex_half_life_days": 7.0}, "to": {"memex_half_life_days": 9.0}}


# --- what they do


def test_a_quota_of_the_namespace_binds_its_keys(alice, bob, settings):
    settings.REQUESTS_PER_SECOND = 0
    settings_change(caller=alice.caller, changes={"grains_per_minute": 1}, as_operator=True)
    for person, codes in ((alice, [200, 429]), (bob, [200, 200])):
        key = Person(person.namespace, key_create(namespace=person.namespace, scopes=person.caller.scopes).secret)
        found = []
        for n in range(2):
            key.store(f"Fact {n}.")
            found.append(key.last.status_code)
        assert found == codes


def test_the_namespaces_profile_ranks_for_keys_without_one(alice):
    change(alice, default_profile="flux")
    key = key_create(namespace=alice.namespace, scopes=alice.caller.scopes)
    own = key_create(namespace=alice.namespace, scopes=alice.caller.scopes, profile="memex")
    assert Person(alice.namespace, key.secret).caller.profile == "flux"
    assert Person(alice.namespace, own.secret).caller.profile == "memex"


# --- manage.py


def typed(*words: str) -> str:
    out = StringIO()
    call_command("namespace", *words, stdout=out)
    return out.getvalue()


def test_the_operator_sets_shows_and_takes_back(alice):
    name = alice.namespace.name
    assert typed("set", name, "grains_per_minute", "12") == f"{name}: grains_per_minute = 12\n"
    assert "* grains_per_minute = 12  #" in typed("show", name)
    assert "  memex_half_life_days = 30.0  #" in typed("show", name)
    assert typed("unset", name, "grains_per_minute") == f"{name}: grains_per_minute = 500\n"


@pytest.mark.parametrize("words", [("grains_per_minute", "-1"), ("nothing", "1"), ("default_profile", "best")])
def test_the_operator_is_told_what_is_wrong(alice, words):
    with pytest.raises(CommandError):
        typed("set", alice.namespace.name, *words)


# --- the page


def test_the_page_lists_every_setting_that_a_namespace_may_have(db):
    rows = {name: (who, told) for name, _, who, told in ROW.findall((ROOT / "docs/settings.md").read_text())}
    expected = {name: ("operator" if one.operators_only else "admins", one.help) for name, one in registered().items()}
    assert rows == expected
