"""Merging for somebody who waits for the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.door import Caller, tenant
from accounts.errors import Conflict
from accounts.scopes import Scope
from grains.models import Grain, Status
from learning.consolidation.merging import groups_told
from learning.jobs.perform import PREVIEW_SECONDS, Asked, job_perform_now, job_preview
from learning.journal.selectors import journal_page

JOB = "consolidate"


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What was merged, or would be, with how many active memories there were before; complete unless time ran out."""

    groups: Sequence[dict[str, Any]]
    active_before: int
    complete: bool

    @property
    def total_merged(self) -> int:
        """How many memories another one stands for now."""
        return sum(len(group["merged"]) for group in self.groups)


def consolidate_now(*, caller: Caller, threshold: float, max_clusters: int, dry_run: bool) -> Consolidated:
    """Merge near repeats in the caller's namespace, at most so many groups, for at most PREVIEW_SECONDS.

    Raises Forbidden, and Conflict while another process does it or when it would merge more than one run may.
    """
    caller.require(Scope.ADMIN)
    with tenant(caller, durable=False):
        before = Grain.objects.filter(namespace_id=caller.namespace_id, status=Status.ACTIVE).count()
    options = {"threshold": threshold, "max_clusters": max_clusters}
    if dry_run:
        shown = job_preview(name=JOB, caller=caller, options=options)
        return Consolidated(groups_told(shown.changes), before, shown.complete)
    done = job_perform_now(asked=Asked(JOB, caller, options, PREVIEW_SECONDS))
    if done.state == "busy":
        raise Conflict("The namespace is being consolidated just now.")
    if done.state == "failed":
        raise Conflict(f"The consolidation did not come to its end ({done.error}).")
    entries = journal_page(caller=caller, run=done.run, limit=min(100, max_clusters)) if done.run else []
    return Consolidated(groups_told(entries), before, done.complete)
