"""A recall's time budget: slow parts are left out, and the answer says which. Wall clock, not logic's time."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from contextlib import contextmanager
from functools import cache

from django.db import connection

from embedding import embed
from embedding.backends import Vectors

UNDERSTANDING_SHARE = 0.2  # of what is left, that a namespace's names and statistics may take
EMBEDDING_SHARE = 0.5  # of what is left, that the embedder may take; the rest is for the database
FIRST_SHARE = 0.6  # of what is left, that a try with one more channel may take: another must fit behind it
LEAST_MS = 5  # a statement gets so much, however late it is
TIMEOUT_SQL = "SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)"
_THREADS = 8  # embeddings that run on after their recall went on without them; more wait, and are left out as slow


class Deadline:
    """What is left of a recall's time. Without a limit there is always enough."""

    __slots__ = ("_ends",)

    def __init__(self, milliseconds: int | None) -> None:
        self._ends = None if milliseconds is None else time.monotonic() + milliseconds / 1000

    @property
    def bounded(self) -> bool:
        """Whether there is a limit at all."""
        return self._ends is not None

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return float("inf") if self._ends is None else max(self._ends - time.monotonic(), 0.0)

    @contextmanager
    def statements_within(self, share: float) -> Iterator[None]:
        """Let no statement of the block, in an open savepoint, take longer than this share of what is left."""
        milliseconds = max(int(1000 * self.left * share), LEAST_MS)
        with connection.cursor() as cursor:
            cursor.execute(TIMEOUT_SQL, [str(milliseconds)])
            (usual, _) = cursor.fetchone()
            yield
            cursor.execute(TIMEOUT_SQL, [usual])  # after an error the savepoint takes it back


def embed_within(texts: Sequence[str], *, scope: str, seconds: float) -> Vectors | None:
    """The queries' vectors, or None when they are not there in time; the work goes on and fills the cache.

    Raises what embed() raises.
    """
    if seconds == float("inf"):
        return embed(texts, scope=scope, operation="query")
    running = _pool().submit(embed, texts, scope=scope, operation="query")
    try:
        return running.result(timeout=seconds)
    except NotDone:
        running.cancel()  # of use while it still waits for a thread
        return None


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="embed-within")
