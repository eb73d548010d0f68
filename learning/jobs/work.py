"""What a job gets to work with: steps, the journal, counts, and the loss budget."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.door import Caller, tenant
from accounts.errors import GarnerError
from grains.models import Grain, Status
from learning.jobs.metrics import CHANGES
from learning.jobs.runs import Claim, run_hold
from learning.journal.entries import Told, entry_write
from learning.models import JournalEntry

SHOWN = 200  # changes that a preview lists; it counts all
BUDGET_FLOOR = 25  # grains: in a small namespace a share would be nothing; below memex's smallest summary, of 50


class OverBudget(GarnerError):
    """The job would take more memories out of recall than one run may."""

    status, code = 409, "over_budget"


class Enough(Exception):
    """The time that it was given is over: what was done by then stays, or is shown."""


@dataclass
class Work:
    """One run of a job on the namespace of `caller`, or a preview of one, in which every step is rolled back.

    Walk by a cursor that you keep in `progress`, not by asking again what is left: in a preview all of it is.
    """

    caller: Caller
    job: str
    clock: Callable[[], datetime]
    claim: Claim | None = None  # None: a preview
    until: datetime | None = None  # when it has to stop, because somebody waits
    options: Mapping[str, Any] = field(default_factory=dict)  # what the asker wants otherwise than usual
    complete: bool = True
    progress: dict[str, Any] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    shown: list[JournalEntry] = field(default_factory=list)
    _most_lost: int | None = None

    @property
    def now(self) -> datetime:
        """The present moment, as this run is told it."""
        return self.clock()

    @property
    def is_preview(self) -> bool:
        """Whether nothing will stay."""
        return self.claim is None

    @contextmanager
    def step(self, **progress: object) -> Iterator[None]:
        """A transaction inside the caller's door. With it `progress` (JSON values) and the counts become durable.

        Never ask a language model in here. Raises ClaimLost when another process has taken the run over, OverBudget
        when the step loses too much: then it is rolled back, and the run ends.
        """
        if self.until and self.now > self.until:
            raise Enough
        counts, shown = self.counts.copy(), len(self.shown)
        try:
            with tenant(self.caller):
                if self.claim:
                    run_hold(self.claim, now=self.now)
                yield
                self._keep(progress)
        except BaseException:
            self.counts = counts
            del self.shown[shown:]
            raise
        if self.claim:
            for name, more in (self.counts - counts).items():
                CHANGES.labels(self.job, name).inc(more)

    def journal(
        self,
        kind: str,
        *,
        cause: Mapping[str, object],
        before: Told,
        after: Told,
    ) -> None:
        """Write down, in the step that makes it, one automatic change (see learning.journal.entry_write)."""
        self.counts[kind] += 1
        if lost := _lost(before, after):
            self.lose(lost)
        entry = entry_write(
            caller=self.caller,
            kind=kind,
            cause={"job": self.job, **cause},
            before=before,
            after=after,
            run=self.claim.run.pk if self.claim else None,
            now=self.now,
        )
        if self.is_preview and len(self.shown) < SHOWN:
            self.shown.append(entry)

    def count(self, **numbers: int) -> None:
        """Add to the counts that the run's result shows."""
        self.counts.update({name: number for name, number in numbers.items() if number})

    def lose(self, grains: int) -> None:
        """Count memories that the step has taken out of recall; `journal` does so itself. Raises OverBudget."""
        if self._most_lost is None:
            mine = Grain.objects.filter(namespace_id=self.caller.namespace_id, status=Status.ACTIVE)
            # What the run began with: what is left, what this step has taken, what steps of it took before.
            began_with = mine.count() + grains + self.counts["lost"]
            self._most_lost = max(BUDGET_FLOOR, int(settings.JOB_LOSS_BUDGET * began_with))
        self.counts["lost"] += grains
        if self.counts["lost"] > self._most_lost:
            raise OverBudget(
                f"The job {self.job} would take more than {self._most_lost} memories out of recall in one run."
            )

    def renew(self) -> None:
        """Prolong the claim between steps, before something slow. Raises ClaimLost, and Enough in a late preview."""
        with self.step():
            pass

    def _keep(self, progress: Mapping[str, object]) -> None:
        self.progress |= progress
        if self.claim is None:
            transaction.set_rollback(True)
            return
        run = self.claim.run
        run.progress, run.result = self.progress, dict(self.counts)
        run.save(update_fields=["progress", "result"])


def _lost(before: Told, after: Told) -> int:
    """How many grains the change takes out of recall."""
    was, becomes = before.get("grain.status", {}), after.get("grain.status", {})
    return sum(was.get(grain) == Status.ACTIVE != status for grain, status in becomes.items())
