"""`manage.py measure_port`: both arrangements really serve, and are really measured."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Namespace
from runtime.errors import ServerFailed
from runtime.port import Ask, Lag, load, serving
from runtime.probe import ARRANGEMENTS


def test_a_lag_is_summed_up_by_its_worst_and_by_what_99_of_100_stay_under():
    assert Lag.of([1.0] * 98 + [7.0, 90.0]) == Lag(p99=90.0, worst=90.0)
    assert Lag.of([1.0] * 197 + [7.0, 8.0, 90.0]) == Lag(p99=8.0, worst=90.0)


@pytest.mark.slow
def test_both_arrangements_are_compared_and_nothing_is_left(db):
    before = set(Namespace.objects.values_list("name", flat=True))
    told = StringIO()
    call_command("measure_port", rounds=1, requests=48, memories=20, stdout=told)
    rows = re.findall(r"^(\w+ /\S+) +(threads|django) +([\d.]+) +([\d.]+) +([\d.]+)", told.getvalue(), re.MULTILINE)
    assert [(ask, arrangement) for ask, arrangement, *_ in rows] == [
        (ask, arrangement)
        for ask in ("GET /health", "GET /v1/inspect/<id>", "POST /v1/recall")
        for arrangement in ARRANGEMENTS
    ]
    assert all(float(cpu) > 0 for _, _, cpu, *_ in rows)
    assert set(Namespace.objects.values_list("name", flat=True)) == before


@pytest.mark.slow
def test_the_loop_is_watched_while_requests_are_served(db):
    with serving("threads", settings.BASE_DIR) as server:
        server.lags()
        load(server, Ask("GET /health", "GET", "/health", 1), "", range(30))
        assert server.lags()


@pytest.mark.slow
def test_an_error_of_the_web_process_ends_the_measurement(db):
    with serving("django", settings.BASE_DIR) as server, pytest.raises(ServerFailed, match="404"):
        load(server, Ask("nothing", "GET", "/nothing", 2), "", range(4))
