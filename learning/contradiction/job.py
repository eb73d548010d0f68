"""The job that holds new memories against older ones."""

from datetime import timedelta
from uuid import UUID

from accounts.door import tenant
from accounts.namespace_settings import setting_of
from learning.contradiction.deciding import Decision
from learning.contradiction.examining import Finding, Judge, examined, judged
from learning.contradiction.judge import judge_set
from learning.contradiction.queue import waiting
from learning.contradiction.resolving import dispute_note, disputes_settle, superseded
from learning.contradiction.settings import CONTRADICTION
from learning.contradiction.supporting import support_settle
from learning.jobs import Work, job
from learning.jobs.queues import next_waiting
from learning.models import Unexamined

STEP = 50  # memories read together; each is written by itself
ASKED = 20  # pairs put to a language model in one run, some seconds each


@job("contradiction", every=timedelta(minutes=1), wanted=waiting)
def contradictions(work: Work) -> None:
    """Hold new memories against older ones: outdated ones make way, doubtful pairs go to review."""
    mode = setting_of(work.caller.namespace_id, CONTRADICTION)
    judge = _Judge(work, None if work.is_preview else judge_set())
    shown: set[tuple[UUID, UUID]] = set()  # in a preview nothing is settled: the other of a pair finds it again
    while ids := next_waiting(work, Unexamined, STEP):
        for id_ in ids:
            found = [] if mode == "off" else _found(work, id_, judge)
            told = shown if work.is_preview else set()
            new = [one for one in found if (one.older.id, one.newer.id) not in told]
            shown |= {(one.older.id, one.newer.id) for one in new}
            with work.step(after=str(id_)):
                if mode != "off":
                    _settle(work, id_, new, automatic=mode == "automatic")
                Unexamined.objects.filter(namespace_id=work.caller.namespace_id, grain_id=id_).delete()


class _Judge:
    """A language model, asked ASKED times at most; without one nobody is asked."""

    def __init__(self, work: Work, judge: Judge | None) -> None:
        self.work, self.judge, self.left = work, judge, ASKED if judge else 0

    def __call__(self, finding: Finding) -> Finding | None:
        """The finding with the model's opinion; None when there is nothing to settle."""
        if finding.agrees:
            return finding
        open_to_it = finding.decision == Decision.REVIEW and not finding.comparison.sure
        if self.judge and self.left and (open_to_it or finding.decision == Decision.NOTHING):
            self.left -= 1
            self.work.renew()  # the model may take its time
            return judged(finding, self.judge)
        return finding if finding.decision != Decision.NOTHING else None


def _found(work: Work, id_: UUID, judge: _Judge) -> list[Finding]:
    with tenant(work.caller, durable=False):
        found = examined(work.caller, id_, to_judge=judge.left > 0)
    return [opinion for finding in found if (opinion := judge(finding)) is not None]


def _settle(work: Work, id_: UUID, found: list[Finding], *, automatic: bool) -> None:
    work.count(examined=1)
    against = [finding for finding in found if not finding.agrees]
    if settled := disputes_settle(caller=work.caller, id_=id_, found=against, now=work.now):
        work.count(withdrawn=settled)
    for finding in against:
        dispute = dispute_note(caller=work.caller, finding=finding, now=work.now)
        if dispute is None:
            continue
        if finding.decision == Decision.SUPERSEDE and automatic:
            change = superseded(caller=work.caller, dispute=dispute, decided_by=finding.decided_by, now=work.now)
            work.journal(change.kind, cause=change.cause, before=change.before, after=change.after)
        else:
            work.count(disputed=1)
    support_settle(work, id_, [finding for finding in found if finding.agrees])
