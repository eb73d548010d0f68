"""What a verdict is worth, how stakes add up, how time fades them: numbers in, numbers out."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.door import tenant
from grains.models import Provenance
from learning import constants, credit
from learning.decay import fading, fading_sql, kept
from learning.models import DecayClass
from learning.propagation import lift
from retrieval.services.feedback import Verdict
from tests.people import Person

hours = st.floats(0, 24 * 365 * 5)
classes = st.sampled_from(DecayClass)


def verdict(useful: bool, strength: float = 1.0) -> Verdict:
    return Verdict(uuid4(), useful, strength)


def test_praise_counts_as_far_as_the_origin_is_believed_and_blame_in_full() -> None:
    assert [credit.worth(verdict(True), origin) for origin in Provenance] == [1.0, 0.9, 0.5, 0.3]
    assert {credit.worth(verdict(False), origin) for origin in Provenance} == {-1.0}
    assert credit.worth(None, Provenance.USER_STATED) == 0


@given(st.lists(st.floats(-2, 2), max_size=50), st.booleans())
def test_a_callers_stake_stays_within_its_bounds(changes: list[float], signed: bool) -> None:
    net = 0.0
    for change in changes:
        net = credit.stake(net, change, signed=signed)
    assert (-constants.STAKE if signed else 0) <= net <= constants.STAKE


@given(st.floats(-1000, 1000))
def test_no_number_of_callers_gets_a_weight_over_the_ceiling(stakes: float) -> None:
    assert abs(credit.weight(stakes)) <= constants.CEILING
    assert credit.weight(stakes) * stakes >= 0


def test_one_callers_weight_is_below_what_several_reach_together() -> None:
    assert credit.weight(constants.STAKE) < 0.77
    assert credit.weight(2 * constants.STAKE) > 0.9


@given(hours, hours, classes, st.sampled_from(["feedback", "wired"]))
def test_fading_ends_at_what_is_kept_and_never_raises(idle: float, age: float, decay_class: Any, origin: str) -> None:
    left = fading(idle, age, decay_class, kept(origin))
    assert kept(origin) <= left <= 1
    assert fading(idle + 1, age, decay_class, kept(origin)) <= left


def test_a_half_life_halves_what_can_fade() -> None:
    old = 10_000.0  # hours: no grace
    for decay_class, half_life in constants.HALF_LIFE_HOURS.items():
        assert fading(half_life, old, decay_class, 0.0) == pytest.approx(0.5)
        assert fading(half_life, old, decay_class, 0.2) == pytest.approx(0.6)


def test_time_runs_at_half_speed_in_a_conduits_youth_and_nothing_jumps_at_its_end() -> None:
    assert fading(48, 0, DecayClass.WORKING, 0.0) == pytest.approx(0.5 ** (24 / 168))
    steps = [fading(constants.GRACE_HOURS + minute / 60, 0, DecayClass.WORKING, 0.0) for minute in range(-60, 60)]
    assert max(a - b for a, b in pairwise(steps)) < 0.0001


@pytest.mark.parametrize("origin", ["feedback", "shortcut", "wired"])
@pytest.mark.parametrize("decay_class", list(DecayClass))
@pytest.mark.parametrize(("idle", "age"), [(0, 0), (5, 1), (100, 0), (100, 71), (100, 5000), (9000, 2)])
def test_sql_fades_as_python_does(alice: Person, origin: str, decay_class: Any, idle: int, age: int) -> None:
    sql = f"""SELECT {fading_sql("one", "2e9::float8")} FROM (
        SELECT %s::smallint AS decay_class, %s AS provenance, to_timestamp(2e9 - %s * 3600) AS last_used_at,
        to_timestamp(2e9 - (%s + %s) * 3600) AS created_at) AS one"""
    with tenant(alice.caller), connection.cursor() as cursor:
        cursor.execute(sql, [int(decay_class), origin, idle, idle, age])
        (left,) = cursor.fetchone()
    assert left == pytest.approx(fading(idle, age, decay_class, kept(origin)))


def test_a_lift_is_bounded_either_way_and_blame_weighs_less_than_praise() -> None:
    many, none = np.array([100.0]), np.zeros(1)
    assert lift(many, none, many, many) == constants.MOST_LIFT
    assert lift(none, -many, none, none) == -constants.MOST_LIFT
    assert lift(np.ones(1), -np.ones(1), none, none) > 0
