"""Calls made at the same moment share a batch; nobody waits when nobody else is encoding.

A caller that finds a free lane encodes at once (the leader). Callers that arrive meanwhile queue. When the
leader is done, the first in the queue becomes the next leader and takes along what else is waiting.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock

import numpy as np

from embedding.backends import Vectors
from embedding.errors import BatchFull

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(slots=True, eq=False)
class _Ticket:
    """One waiting call. Woken with vectors, or with neither: then it leads, or has to encode by itself."""

    texts: Sequence[str]
    woken: Event = field(default_factory=Event)
    leads: bool = False
    vectors: Vectors | None = None


class Batcher:
    """Wraps an encode function; encode() here has the same contract and may be called from any thread.

    `lanes` leaders encode at a time; a shared batch holds at most `size` texts; a call with more texts than
    that fills batches by itself and does not queue. More than `waiting` queued calls raise BatchFull.
    A failing batch fails nobody but the call whose texts fail: each of the others is encoded alone.
    """

    def __init__(self, encode: Encode, *, lanes: int, size: int, waiting: int) -> None:
        self._encode = encode
        self._size = size
        self._waiting = waiting
        self._lock = Lock()
        self._free_lanes = lanes
        self._queue: deque[_Ticket] = deque()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See backends.Encoder; raises BatchFull, or what the wrapped function raises for these texts."""
        if len(texts) > self._size:
            return self._encode(texts)
        ticket = self._enter(texts)
        if ticket is None:
            return self._lead(texts)
        try:
            ticket.woken.wait()
        except BaseException:  # an interrupt: the lane that may be on its way must not be lost
            self._leave(ticket)
            raise
        if ticket.leads:
            return self._lead(texts)
        return self._encode(texts) if ticket.vectors is None else ticket.vectors

    def _enter(self, texts: Sequence[str]) -> _Ticket | None:
        """Take a free lane (None) or a place in the queue."""
        with self._lock:
            if self._free_lanes:
                self._free_lanes -= 1
                return None
            if len(self._queue) >= self._waiting:
                raise BatchFull(f"{len(self._queue)} calls wait for the encoder already: try again shortly")
            ticket = _Ticket(texts)
            self._queue.append(ticket)
            return ticket

    def _leave(self, ticket: _Ticket) -> None:
        """Withdraw from the queue, or pass the lane on if it was handed over already."""
        with self._lock:
            if ticket in self._queue:
                self._queue.remove(ticket)
                return
        if ticket.leads:
            self._hand_over()

    def _lead(self, texts: Sequence[str]) -> Vectors:
        """Encode `texts` and whatever waits, in one batch; then pass the lane on."""
        followers = self._take(self._size - len(texts))
        try:
            if not followers:
                return self._encode(texts)
            return self._share(texts, followers)
        finally:
            for ticket in followers:
                ticket.woken.set()
            self._hand_over()

    def _take(self, room: int) -> list[_Ticket]:
        """The queue's head, as far as it fits."""
        taken = []
        with self._lock:
            while self._queue and len(self._queue[0].texts) <= room:
                ticket = self._queue.popleft()
                room -= len(ticket.texts)
                taken.append(ticket)
        return taken

    def _share(self, texts: Sequence[str], followers: Sequence[_Ticket]) -> Vectors:
        together = [*texts, *(text for ticket in followers for text in ticket.texts)]
        try:
            vectors = self._encode(together)
        except Exception:  # noqa: BLE001 - some text of the batch is at fault: each call learns by itself if it is its own
            return self._encode(texts)
        ends = np.cumsum([len(texts), *(len(ticket.texts) for ticket in followers)])
        for ticket, part in zip(followers, np.split(vectors, ends[:-1])[1:], strict=True):
            ticket.vectors = part
        return vectors[: len(texts)]

    def _hand_over(self) -> None:
        """Give the lane to the first in the queue, else free it."""
        with self._lock:
            if not self._queue:
                self._free_lanes += 1
                return
            ticket = self._queue.popleft()
        ticket.leads = True
        ticket.woken.set()
