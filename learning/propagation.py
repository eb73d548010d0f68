"""Propagation: a question's signal along the conduits, as one bounded statement, and what it is worth."""

from collections.abc import Sequence
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

_NOW = "(SELECT now FROM asked)"


@cache
def propagate_sql(hops: int = c.HOPS) -> str:
    """The statement, for up to `hops` hops. Parameters: namespace, vector, now, keys of entries, their gains."""
    folder = Path(__file__).parent / "sql"
    steps = [_hop((folder / "hop.sql").read_text(), n) for n in range(2, hops + 1)]
    return (
        (folder / "propagate.sql")
        .read_text()
        .format(
            near=c.NEAR,
            wordings=c.WORDINGS,
            wording_fan=c.WORDING_FAN,
            entry_fan=c.ENTRY_FAN,
            fading=fading_sql("one", _NOW),
            hops="".join(steps),
            further="".join((folder / "further.sql").read_text().format(n=n) for n in range(2, hops + 1)),
        )
    )


def _hop(sql: str, n: int) -> str:
    earlier = [f"NOT EXISTS (SELECT FROM hop{m} WHERE hop{m}.target = conduit.target)" for m in range(1, n)]
    return sql.format(
        n=n,
        before=n - 1,
        attenuation=c.ATTENUATION,
        threshold=c.THRESHOLD,
        front=c.FRONT,
        fan=c.GRAIN_FAN,
        fading=fading_sql("one", _NOW),
        unwalked=", ".join(str(int(relation)) for relation in c.UNWALKED),
        fresh=" AND ".join(earlier),
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


def reached_of(rows: Sequence[tuple[Any, ...]], kinds: dict[int, str]) -> Reached:
    """The statement's row. `kinds` says what each key asked for is; a key that is none of them is a wording."""
    number, up, down, told, wired, signal, hops, via, ids = rows[0]
    if number is None:
        return NOBODY
    further = np.where(hops > 1, signal, 0.0)
    steps = {
        target: Step("grain", by, id_) if hop > 1 else Step(kinds.get(by, "wording"))
        for target, hop, by, id_ in zip(number.tolist(), hops.tolist(), via.tolist(), ids, strict=True)
    }
    return Reached(number, lift(up, down, told, wired + further), np.clip(signal, 0.0, 1.0), hops, steps)
