"""Flux's pure-graph mode: what the conduits alone say of a question, by Flux's own arithmetic, for the profile `flux`.

Beside the recall's own propagation (learning.propagation), whose terms share one voice and which only lifts a ranking.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning import constants as c
from learning.decay import TAUGHT, fading_sql
from retrieval.arrays import Statement
from retrieval.channels import NOBODY, Reached, Step
from retrieval.fusion.pool import Floats

POSTED = 0.5  # Flux: what a conduit from a keyword to its grain is made with; a posting never fades
TERM_FAN = 500  # postings read of one term, so that no common word is a hub
MOST = 200  # grains that a walk answers with
TOP = 5  # Flux's TOP_K, over which its confidence looks
BY_SIGNAL, BY_WEIGHT, BY_SHARE = 0.5, 0.3, 0.2  # Flux's confidence


@cache
def walk_sql(hops: int = c.HOPS) -> str:
    """The statement. Parameters: namespace, vector, now, whether what was taught counts, entries' keys, terms' keys."""
    return (
        (Path(__file__).parent / "sql" / "walk.sql")
        .read_text()
        .format(
            near=c.NEAR,
            wordings=c.WORDINGS,
            wording_fan=c.WORDING_FAN,
            grain_fan=c.GRAIN_FAN,
            term_fan=TERM_FAN,
            posted=POSTED,
            threshold=c.THRESHOLD,
            attenuation=c.ATTENUATION,
            front=c.FRONT,
            steps=c.STEPS,
            most=MOST,
            hops=hops,
            unwalked=", ".join(str(int(relation)) for relation in c.UNWALKED),
            taught=", ".join(f"'{one}'" for one in TAUGHT),
            fading=fading_sql("one", "(SELECT now FROM asked)"),
        )
    )


def walk_statement(
    namespace_id: int,
    vector: NDArray[np.float32],
    now: float,
    keys: tuple[Sequence[int], Sequence[int]],
    *,
    learns: bool,
    hops: int,
) -> Statement:
    """The statement with its parameters; `keys` are those of all the question's entries, and of its terms."""
    entries, terms = (np.array(one, np.int64) for one in keys)
    return walk_sql(hops), [namespace_id, vector, now, learns, entries, terms]


def confidence(signal: Floats, weight: Floats) -> float:
    """Flux's: .5 of the best signal, .3 of the mean weight of the conduits into it, .2 of its share of the best five.

    `signal` is as it was summed, before it is capped; 0 for nothing reached.
    """
    if not len(signal):
        return 0.0
    best = int(np.argmax(signal))
    share = signal[best] / np.sort(signal)[-TOP:].sum()
    told = BY_SIGNAL * min(signal[best], 1.0) + BY_WEIGHT * weight[best] + BY_SHARE * share
    return float(np.clip(told, 0.0, 1.0))


def walked_of(rows: Sequence[tuple[Any, ...]], kinds: Mapping[int, str]) -> Reached:
    """The statement's row. `kinds` says what each key asked for is; a key that is none of them is a wording."""
    number, signal, weight, hops, via, ids = rows[0]
    if number is None:
        return NOBODY
    steps = {
        target: Step("grain", by, id_) if hop > 1 else Step(kinds.get(by, "wording"), key=by)
        for target, hop, by, id_ in zip(number.tolist(), hops.tolist(), via.tolist(), ids, strict=True)
    }
    capped = np.minimum(signal, 1.0)
    # To Garner's own ranking, which decides whether anything is worth injecting, a walk is no more than wiring.
    return Reached(number, c.LIFT_WIRED * capped, capped, hops, steps, confidence(signal, weight))
