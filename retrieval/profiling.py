"""CPU of one recall by stage, this process and its database backend together, against the budget of the design.

Linux only: a backend's CPU is read from /proc, so the database must run on this machine.
"""

import io
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from grains.drafts import Draft
from retrieval.stages import Clock, measured

# Milliseconds of CPU at 10,000 grains, and the stages that each line is made of.
BUDGET: dict[str, tuple[float, tuple[str, ...]]] = {
    "embedding": (3.3, ("embed",)),
    "vector and words": (1.3, ("first trip", "bm25", "common terms")),
    "pool": (0.5, ("second trip",)),
    "fuse, decide": (0.3, ("fuse",)),
    "understand": (0.2, ("understand",)),
    "results, trace": (0.2, ("results", "trace")),
    "HTTP, auth, door": (0.2, ()),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the profile, in milliseconds of CPU a recall."""

    name: str
    budget: float
    spent: float


def profile(secret: str, queries: Sequence[str], warm_up: int = 30) -> list[Line]:
    """Ask every query once through the WSGI application; the first `warm_up` are not counted."""
    application = WSGIHandler()
    for query in queries[:warm_up]:
        _ask(application, secret, query)
    clock = _clock(_backends())
    counted = queries[warm_up:]
    started = clock()
    with measured(clock) as spent:
        for query in counted:
            _ask(application, secret, query)
    total = clock() - started
    spent[""] = total - sum(spent.values())  # what is in no stage is HTTP's
    return [
        Line(name, budget, 1000 * sum(spent[stage] for stage in stages or ("",)) / len(counted))
        for name, (budget, stages) in BUDGET.items()
    ]


def made_up_memories(count: int, seed: int = 7) -> Iterator[Draft]:
    """`count` distinct sentences with sessions and authors, over a vocabulary that is as uneven as language."""
    dice = random.Random(seed)  # noqa: S311 (not for secrets)
    words = _vocabulary(dice)
    for n in range(count):
        sentence = " ".join(dice.choices(words, _WEIGHTS, k=dice.randint(8, 24)))
        yield Draft(f"{sentence} {n}", author=f"Author{n % 7}", session=f"s{n // 30}" if n % 2 else "")


def made_up_queries(count: int, seed: int = 8) -> list[str]:
    """`count` distinct questions over the same vocabulary, 6 to 12 words each."""
    dice = random.Random(seed)  # noqa: S311 (not for secrets)
    words = _vocabulary(random.Random(7))  # noqa: S311 (not for secrets)
    return [f"what about {' '.join(dice.choices(words, _WEIGHTS, k=dice.randint(4, 10)))}?" for _ in range(count)]


_WORDS = 4000
_WEIGHTS = [1 / (rank + 20) for rank in range(_WORDS)]  # Zipf's law, without the function words


def _vocabulary(dice: random.Random) -> list[str]:
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(_WORDS)]


def _ask(application: WSGIHandler, secret: str, query: str) -> None:
    body = orjson.dumps({"query": query, "limit": 10})
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/recall",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
    }
    statuses: list[str] = []
    response = application(environ, cast("Any", lambda status, *_: statuses.append(status)))
    b"".join(response)
    response.close()
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"a recall was answered with {statuses[0]}")


def _backends() -> list[int]:
    """Every backend that serves this process, if it named itself (`name_connections`)."""
    with connection.cursor() as cursor:
        cursor.execute(OURS_SQL)
        pids = [pid for (pid,) in cursor.fetchall()]
    connection.close()
    return pids


def name_connections() -> None:
    """Tell our connections from the worker's; to be called before the first one."""
    os.environ["PGAPPNAME"] = f"garner profile {os.getpid()}"  # libpq's own


OURS_SQL = """
SELECT pid FROM pg_stat_activity
WHERE usename = current_user AND application_name = current_setting('application_name')
"""


def _clock(backends: Sequence[int]) -> Clock:
    """CPU seconds of this thread and of the backends so far."""
    theirs = backends_clock(backends)
    return lambda: time.thread_time() + theirs()


def backends_clock(pids: Sequence[int]) -> Clock:
    """CPU seconds of these processes so far, by the scheduler's account."""
    # Kept open: to open one takes as long as a stage.
    files = [os.open(f"/proc/{pid}/schedstat", os.O_RDONLY) for pid in pids]
    return lambda: sum(int(os.pread(file, 64, 0).split()[0]) for file in files) / 1e9
