"""Tables of the learning side, by subject: a module each."""

from learning.models.clusters import Cluster, ClusterMember
from learning.models.disputes import Dispute, DisputeState, Unexamined
from learning.models.graph import Conduit, DecayClass, Entry, EntryKind, Relation, Wording
from learning.models.health import Alert, AlertState, HealthSample, HealthSignal
from learning.models.journal import JournalEntry
from learning.models.retention import RetentionAction, RetentionRule
from learning.models.runs import Run, RunState
from learning.models.verdicts import Stake, Voice
from learning.models.waiting import FoldedTo, Unwired

__all__ = [
    "Alert",
    "AlertState",
    "Cluster",
    "ClusterMember",
    "Conduit",
    "DecayClass",
    "Dispute",
    "DisputeState",
    "Entry",
    "EntryKind",
    "FoldedTo",
    "HealthSample",
    "HealthSignal",
    "JournalEntry",
    "Relation",
    "RetentionAction",
    "RetentionRule",
    "Run",
    "RunState",
    "Stake",
    "Unexamined",
    "Unwired",
    "Voice",
    "Wording",
]
