"""The measurement of sealing: it measures sealing, and leaves nothing behind but its log."""

import sys
from io import StringIO

import pytest
from django.core.management import call_command

import clock
from accounts.audit import audit_verify
from accounts.models import Namespace
from runtime import sealing_cost
from runtime.postgres import PostgresServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_it_counts_what_was_sealed_and_leaves_a_sound_log(
    owner: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_cost, "ROUNDS", 2)
    with sealing_cost.namespace() as caller:
        chained = sealing_cost.capacity(caller, 2000)
        written = sealing_cost.stores(caller, 20)
    assert chained.rows >= 2000
    assert chained.rows_a_second > 0
    assert (written.waited, written.looks > 0) == (0, True), "no writer waits for a sealer"
    assert not Namespace.objects.filter(pk=caller.namespace_id).exists()
    sealing_cost._seal()
    (found,) = audit_verify(namespaces=[caller.namespace_id], now=clock.now())
    assert found.ok, found.broken


def test_the_command_says_it_in_words(owner: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_cost, "ROUNDS", 1)
    out = StringIO()
    call_command("measure_sealing", "--rows", "1000", "--stores", "20", stdout=out)
    assert "rows/s" in out.getvalue()
    assert "0 sessions waited" in out.getvalue()
