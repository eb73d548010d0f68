"""Earlier recalls: the command that measures what they cost runs, and what they leave is what recalls leave."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.door import tenant
from accounts.models import Namespace
from retrieval import history
from retrieval.models import Trace


def test_the_command_compares_two_namespaces_and_leaves_none(db, monkeypatch):
    behind = []
    timed = history._timed

    def counting(caller, query):
        with tenant(caller):
            behind.append(Trace.objects.filter(namespace_id=caller.namespace_id).count())
        return timed(caller, query)

    monkeypatch.setattr(history, "_timed", counting)
    out = StringIO()
    call_command("measure_history", recalls=50, grains=20, queries=4, stdout=out)
    assert "behind 50 recalls" in out.getvalue()
    assert behind[-2:] == [history.WARM_UP + 3, history.WARM_UP + 50 + 3]
    assert not Namespace.objects.filter(name__startswith="history-").exists()


def test_history_that_costs_more_than_allowed_fails(db, monkeypatch):
    monkeypatch.setattr(
        "retrieval.management.commands.measure_history.compared", lambda **_: history.Compared(1.0, 1.2)
    )
    with pytest.raises(CommandError, match="slower"):
        call_command("measure_history", at_most=0.1, stdout=StringIO())
    call_command("measure_history", at_most=0.3, stdout=StringIO())
