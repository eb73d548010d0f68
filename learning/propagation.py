"""Propagation: a question's signal along the conduits, as one bounded statement, and what it is worth."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning import constants as c
from learning.decay import fading_sql
from retrieval.arrays import Statement
from retrieval.channels import NOBODY, Reached, Step
from retrieval.fusion.pool import Floats


@cache
def propagate_sql(hops: int = c.HOPS) -> str:
    """The statement, for up to `hops` hops. Parameters: namespace, vector, now, keys of entries, their gains."""
    return (
        (Path(__file__).parent / "sql" / "propagate.sql")
        .read_text()
        .format(
            near=c.NEAR,
            wordings=c.WORDINGS,
            wording_fan=c.WORDING_FAN,
            entry_fan=c.ENTRY_FAN,
            grain_fan=c.GRAIN_FAN,
            threshold=c.THRESHOLD,
            attenuation=c.ATTENUATION,
            front=c.FRONT,
            steps=c.STEPS,
            hops=hops,
            unwalked=", ".join(str(int(relation)) for relation in c.UNWALKED),
            fading=fading_sql("one", "(SELECT now FROM asked)"),
        )
    )


def propagate_statement(
    namespace_id: int, vector: NDArray[np.float32], now: float, entries: dict[int, float], *, hops: int
) -> Statement:
    """The statement with its parameters; `entries` are keys and gains, `now` epoch seconds."""
    keys, gains = np.array(list(entries), np.int64), [float(gain) for gain in entries.values()]
    return propagate_sql(hops), [namespace_id, vector, now, keys, gains]


def lift(up: Floats, down: Floats, told: Floats, wired: Floats) -> Floats:
    """What a grain gains or loses in the ranking, in cosine units, at most MOST_LIFT either way.

    `up` (>= 0) and `down` (<= 0) come from wordings near the question, `told` from its terms as rated, `wired` from
    what nobody has rated.
    """
    total = c.LIFT_WORDED * up + c.SINK_WORDED * down + c.LIFT_TOLD * told + c.LIFT_WIRED * np.minimum(wired, 1.0)
    return np.asarray(np.clip(total, -c.MOST_LIFT, c.MOST_LIFT), np.float64)


def reached_of(rows: Sequence[tuple[Any, ...]], kinds: Mapping[int, str]) -> Reached:
    """The statement's row. `kinds` says what each key asked for is; a key that is none of them is a wording.

    A grain that was entered and walked to as well stands in two lines, which are one grain.
    """
    number, up, down, told, wired, spread, signal, hops, via, ids = rows[0]
    if number is None:
        return NOBODY
    unique, first, place = np.unique(number, return_index=True, return_inverse=True)
    columns = (np.bincount(place, column).astype(np.float64) for column in (up, down, told, wired + spread, signal))
    *parts, total = columns
    steps = {
        target: Step("grain", by, id_) if hop > 1 else Step(kinds.get(by, "wording"), key=by)
        for target, hop, by, id_ in zip(
            number[first].tolist(), hops[first].tolist(), via[first].tolist(), [ids[n] for n in first], strict=True
        )
    }
    return Reached(unique, lift(*parts), np.clip(total, 0.0, 1.0), hops[first], steps)
