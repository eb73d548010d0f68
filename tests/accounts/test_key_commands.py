"""`manage.py create_api_key` and `revoke_api_key`: keys by hand."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiKey, Namespace
from accounts.scopes import Role, Scope
from accounts.services.keys import caller_of, digest_of
from tests.people import Person


def create(*words: str) -> str:
    out = StringIO()
    call_command("create_api_key", *words, stdout=out)
    return out.getvalue()


def test_quiet_prints_just_the_key_and_makes_the_namespace(alice: Person) -> None:
    name = f"{alice.namespace.name}-new"
    secret = create("--namespace", name, "--role", "admin", "--quiet")
    assert secret.count("\n") == 1
    caller = caller_of(secret.strip())
    assert (caller.namespace, caller.scopes) == (name, frozenset(Scope))
    assert Namespace.objects.filter(name=name).count() == 1


def test_without_quiet_it_also_says_whose_key_it_is(alice: Person) -> None:
    heading, secret = create("--namespace", alice.namespace.name).splitlines()
    label = digest_of(secret).hex()[:16]
    assert heading == f"Key {label} of namespace {alice.namespace.name} (writer), shown once:"


@pytest.mark.parametrize("role", list(Role))
def test_the_key_has_the_scopes_of_its_role(alice: Person, role: Role) -> None:
    secret = create("--namespace", alice.namespace.name, "--role", role, "--quiet").strip()
    assert caller_of(secret).scopes == role.scopes


@pytest.mark.parametrize(("words", "limit"), [((), None), (("--grains-per-minute", "0"), 0)])
def test_the_limit_is_the_instances_own_unless_it_is_given(
    alice: Person, words: tuple[str, ...], limit: int | None
) -> None:
    secret = create("--namespace", alice.namespace.name, "--quiet", *words).strip()
    assert caller_of(secret).grains_per_minute == limit


def test_a_key_can_be_given_an_end(alice: Person) -> None:
    secret = create("--namespace", alice.namespace.name, "--expires-in-days", "0.5", "--quiet").strip()
    key = ApiKey.objects.get(digest=digest_of(secret))
    assert key.expires_at is not None
    assert (key.expires_at - key.created_at).total_seconds() == pytest.approx(43_200, abs=5)


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "god"),
        ("--grains-per-minute", "-1"),
        ("--grains-per-minute", "99999999999"),
        ("--grains-per-minute", "many"),
        ("--expires-in-days", "-1"),
        ("--expires-in-days", "0"),
        ("--expires-in-days", "nan"),
        ("--expires-in-days", "inf"),
        ("--name", "x" * 129),
        ("--namespace", "a b"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(alice: Person, words: tuple[str, ...]) -> None:
    before = ApiKey.objects.count()
    with pytest.raises(CommandError):
        create("--namespace", alice.namespace.name, *words)
    assert ApiKey.objects.count() == before


def test_a_revoked_key_is_told_by_its_label(alice: Person) -> None:
    secret = create("--namespace", alice.namespace.name, "--quiet").strip()
    label, out = digest_of(secret).hex()[:16], StringIO()
    call_command("revoke_api_key", label, stdout=out)
    assert out.getvalue() == f"Key {label} of namespace {alice.namespace.name} is revoked.\n"
    with pytest.raises(CommandError, match="no key"):
        call_command("revoke_api_key", "feedfeedfeedfeed", stdout=out)
