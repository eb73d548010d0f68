"""The doctor sees what is wrong, mends what can be mended, and its bundle tells nothing that is private."""

import gzip
import tarfile
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

import clock
from accounts.models import Deed
from accounts.operator import operator
from accounts.outbox import Consumer, dead_letters, register
from accounts.outbox.consumers import _registered
from accounts.sealing.rounds import seal_round
from grains.models import Vitals
from runtime.doctor import database, home, logs
from runtime.doctor.findings import Finding, examine, repaired
from runtime.postgres import PostgresServer
from tests.outbox import drain_all
from tests.people import Person


@pytest.fixture(autouse=True)
def _as_operator(owner: PostgresServer) -> None:
    """The doctor is the operator's."""


def superuser(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.superuser_dsn(), dbname="garner", autocommit=True) as connection:
        connection.execute(statement)


def bad(check: Any) -> list[str]:
    return [found.message for found in check() if not found.ok]


def test_a_sound_instance_is_well(alice: Person) -> None:
    alice.store("x")
    seal_round(clock.now())
    out = StringIO()
    sound = ["permissions", "disk", "model", "valkey", "versions", "migrations", "clock", "counts", "indexes"]
    call_command("doctor", *(word for name in sound for word in ("--only", name)), stdout=out)
    assert "BAD" not in out.getvalue()
    assert out.getvalue().count("ok  ") >= len(sound)


def test_what_is_bad_ends_with_status_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "LEAST_BYTES", 1 << 60)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", "--only", "disk", stdout=out)
    assert "BAD disk" in out.getvalue()


def test_a_check_that_cannot_look_does_not_hide_the_others() -> None:
    def broken() -> Iterator[Finding]:
        raise ValueError("with a secret")

    found = examine([("one", broken), ("two", lambda: [Finding("two", ok=True, message="well")])])
    assert [(one.check, one.ok) for one in found] == [("one", False), ("two", True)]
    assert "secret" not in found[0].message


def test_files_that_others_can_read_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    file = settings.HOME.secrets / "doctor-test"
    file.touch(mode=0o600)
    try:
        assert bad(home.permissions) == []
        file.chmod(0o644)
        assert bad(home.permissions) == ["doctor-test can be read by others"]
        repaired(list(home.permissions()))
        assert file.stat().st_mode & 0o777 == 0o600
        assert bad(home.permissions) == []
    finally:
        file.unlink()


def test_an_index_that_a_crash_left_invalid_is_built_anew(owner: PostgresServer) -> None:
    superuser(owner, "CREATE INDEX doctor_test ON grains_grain (agent); ALTER INDEX doctor_test OWNER TO garner_owner")
    try:
        superuser(owner, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'doctor_test'::regclass")
        assert bad(database.indexes) == ["doctor_test is not valid"]
        repaired(list(database.indexes()))
        assert bad(database.indexes) == []
    finally:
        superuser(owner, "DROP INDEX doctor_test")


def test_memories_without_vitals_are_counted_and_given_some(alice: Person) -> None:
    alice.store("x")
    with operator([alice.namespace.pk]) as alias:
        Vitals.objects.using(alias).filter(namespace_id=alice.namespace.pk).delete()
    assert bad(database.counts) == ["1 memories without vitals"]
    repaired(list(database.counts()))
    assert bad(database.counts) == []


def test_missing_partitions_are_made_and_stray_rows_are_told(owner: PostgresServer, alice: Person) -> None:
    far = clock.now() + timedelta(days=3)
    superuser(owner, f"DROP TABLE accounts_deed_{far:%Y%m%d}")
    assert [message for message in bad(database.partitions) if "none for" in message]
    repaired(list(database.partitions()))
    assert not [message for message in bad(database.partitions) if "none for" in message]
    with operator([alice.namespace.pk]) as alias:
        Deed.objects.using(alias).create(
            namespace_id=alice.namespace.pk, at=far + timedelta(days=60), actor="a", verb="b", subjects=[]
        )
    assert any("outside" in message for message in bad(database.partitions))


def test_a_forged_log_is_told(alice: Person, owner: PostgresServer) -> None:
    seal_round(clock.now())
    before = len(bad(logs.chains))
    superuser(owner, f"UPDATE accounts_deed SET actor = 'x' WHERE namespace_id = {alice.namespace.pk}")
    assert len(bad(logs.chains)) == before + 1
    assert any(f"namespace {alice.namespace.pk}: changed" in message for message in bad(logs.chains))


def test_dead_letters_are_told_listed_and_revived(alice: Person) -> None:
    def fails(batch: Any) -> None:
        raise ZeroDivisionError

    drain_all(Consumer("doctor", frozenset({"store"}), fails, from_start=False))
    alice.store("x")
    now = clock.now()
    for _ in range(12):
        now += timedelta(minutes=5)
        drain_all(Consumer("doctor", frozenset({"store"}), fails), now=now)
    assert any("gave up" in message for message in bad(logs.queues))
    out = StringIO()
    call_command("outbox", "dead", stdout=out)
    assert "doctor namespace" in out.getvalue()
    register(Consumer("doctor", frozenset({"store"}), lambda batch: None))
    try:
        call_command("outbox", "revive", "doctor", stdout=out)
        call_command("outbox", "status", stdout=out)
    finally:
        del _registered["doctor"]
    assert "1 handled, 0 failed" in out.getvalue()
    assert "doctor: 0 deeds wait" in out.getvalue()
    assert not [one for one in dead_letters() if one.consumer == "doctor"]


def test_a_clock_that_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bad(database.clocks) == []
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=30))
    assert bad(database.clocks)


def test_a_damaged_model_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bad(home.model) == []
    monkeypatch.setattr(home, "model_folder", lambda _: tmp_path)
    assert bad(home.model) == ["ModelMissing"]


def test_the_bundle_holds_no_content_no_names_and_no_secrets(
    alice: Person, owner: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = "xylophone4711"
    alice.store(f"{planted} is the word", tags=[planted], agent=planted, metadata={planted: planted})
    alice.recall(planted)
    seal_round(clock.now())
    monkeypatch.setenv("GARNER_LLM_API_KEY", planted)
    monkeypatch.setattr(settings, "EMBEDDING_API_KEY", planted)
    monkeypatch.setattr(settings, "SOURCE", f"https://{planted}.example")
    (settings.HOME.logs / "planted.log").write_text(f'{{"level": "error", "event": "{planted}"}}\n{planted}\n')
    file = tmp_path / "bundle.tar.gz"
    try:
        call_command("support_bundle", str(file), stdout=StringIO())
    finally:
        (settings.HOME.logs / "planted.log").unlink()
    assert file.stat().st_mode & 0o777 == 0o600
    raw = gzip.decompress(file.read_bytes()).decode()
    password = owner.owner_dsn().split(":")[2].split("@")[0]
    for secret in (
        planted,
        alice.secret,
        alice.namespace.name,
        password,
        str(settings.GARNER_HOME),
        settings.SECRET_KEY,
    ):
        assert secret not in raw
    with tarfile.open(file) as archive:
        names = {Path(name).name for name in archive.getnames()}
    assert names == {"about.json", "doctor.json", "database.json", "queues.json", "settings.json", "logs.json"}
    assert "grains_grain" in raw
    assert '"error": 1' in raw, "the line is counted"


def test_settings_that_may_be_told_are_numbers_and_choices() -> None:
    from runtime.doctor.bundle import HARMLESS

    assert not any(word in name for name in HARMLESS for word in ("KEY", "URL", "SECRET", "PASSWORD", "HOST"))
    connections.close_all()


def test_a_bundle_that_cannot_be_written_is_refused_with_a_sentence(alice: Person, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("support_bundle", str(tmp_path / "nowhere" / "bundle.tar.gz"), stdout=StringIO())
