"""Summaries: the oldest episodic memories of an agent and user that has many become one.

memex's job and its numbers, without its losses: nothing of the sources' facts is dropped, the sources are archived and
not deleted, and any number of workers make one summary.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Count

from accounts.door import Caller, tenant
from accounts.namespace_settings import Between, NamespaceSetting, register, setting_of
from grains import limits
from grains.derived import derivations_add, parts_of
from grains.drafts import Draft, checked
from grains.models import Grain, MemoryType, Provenance, Status
from grains.reading import Text, read
from grains.selectors import Memory, with_content
from grains.services.status import status_set
from grains.services.store import Prepared, grain_prepare, grain_write
from learning.consolidation.condense import DRIFT, Source, condense, drift_cosine
from learning.consolidation.linking import THERE, derived_link
from learning.consolidation.near import TRUST
from learning.jobs import Work, job
from learning.journal.selectors import left_alone
from learning.llm import DATA_RULE, LlmFailed, Question, as_data, llm
from text.facts import added, lost

log = structlog.get_logger(__name__)

ENABLED = register(
    NamespaceSetting("summarization_enabled", bool, "SUMMARIZATION_ENABLED", None, "Condense old episodic memories.")
)
THRESHOLD = register(
    NamespaceSetting(
        "summarization_threshold",
        int,
        "SUMMARIZATION_THRESHOLD",
        Between(2, 1_000_000),
        "Episodic memories that an agent and user may have before the oldest are condensed.",
    )
)
BATCH = register(
    NamespaceSetting(
        "summarization_batch_size",
        int,
        "SUMMARIZATION_BATCH_SIZE",
        Between(2, 500),
        "How many of them become one summary.",
    )
)
EVERY = timedelta(seconds=settings.SUMMARIZATION_INTERVAL_SECONDS)
INSTRUCTIONS = (
    "Condense notes of an agent's memory into as few plain sentences as keep all they say. Keep every number, date, "
    "time, name, identifier, piece of code and denial exactly as it is written, in the order of its note. Join only "
    "what says the same. Add nothing. Answer with the sentences alone. " + DATA_RULE
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The memories of one agent and user that are to become one."""

    agent: str
    user: str
    memories: Sequence[Memory]


def wanted(caller: Caller, now: datetime) -> bool:
    """Whether some agent and user of the namespace has more episodic memories than it may."""
    if not setting_of(caller.namespace_id, ENABLED):
        return False
    with tenant(caller, durable=False):
        return bool(_pairs(caller))


@job("summarise", every=EVERY, wanted=wanted)
def summarise(work: Work) -> None:
    """Condenses the oldest episodic memories of agents and users that have many."""
    if not setting_of(work.caller.namespace_id, ENABLED):
        return
    for batch in _batches(work):
        work.renew()
        made = _made(work.caller, batch)
        if made is None:
            work.count(refused=1)
            continue
        with work.step():
            _replace(work, made)


@dataclass(frozen=True, slots=True)
class Made:
    """A summary that may take its sources' place: it loses none of their facts and has not drifted."""

    prepared: Prepared
    sources: Sequence[Memory]
    by_model: bool
    cosine: float


def _pairs(caller: Caller) -> list[tuple[str, str, int]]:
    """Agents and users over the threshold, with how many they have over it."""
    threshold = setting_of(caller.namespace_id, THRESHOLD)
    episodic = Grain.objects.filter(
        namespace_id=caller.namespace_id, status=Status.ACTIVE, memory_type=MemoryType.EPISODIC
    )
    named = episodic.exclude(agent="", user="").exclude(id__in=left_alone(caller, "summary"))
    counted = named.values_list("agent", "user").annotate(held=Count("pk"))
    over = counted.filter(held__gt=threshold).order_by("agent", "user")
    return [(agent, user, held - threshold) for agent, user, held in over]


def _batches(work: Work) -> Iterator[Batch]:
    """One after the other, each read when it is its turn."""
    size = setting_of(work.caller.namespace_id, BATCH)
    with tenant(work.caller):
        pairs = _pairs(work.caller)
    for agent, user, over in pairs:
        left, behind = over, None
        while left > 0:
            with tenant(work.caller):
                memories = _oldest(work.caller, agent, user, size, behind)
            if len(memories) < 2:
                break
            behind, left = memories[-1].grain, left - len(memories)
            yield Batch(agent, user, memories)


def _oldest(caller: Caller, agent: str, user: str, size: int, behind: Grain | None) -> list[Memory]:
    """The oldest episodic memories of a pair behind the last batch; without those whose summary somebody has undone."""
    mine = Grain.objects.filter(
        namespace_id=caller.namespace_id,
        status=Status.ACTIVE,
        memory_type=MemoryType.EPISODIC,
        agent=agent,
        user=user,
        zero_knowledge=False,
        pinned=False,
        valid_to=None,
    )
    if behind:
        later = mine.filter(created_at=behind.created_at, number__gt=behind.number)
        mine = mine.filter(created_at__gt=behind.created_at) | later
    oldest = mine.exclude(id__in=left_alone(caller, "summary")).order_by("created_at", "number")
    return with_content(caller, list(oldest[:size]))


def _made(caller: Caller, batch: Batch) -> Made | None:
    """The summary of as many of the batch as fit, or None when it would lose or bend something."""
    sources = [Source(m.content, _moment(m).astimezone(UTC).date(), m.grain.author) for m in batch.memories]
    condensed = condense(sources)
    memories = batch.memories[: condensed.taken]
    contents = [memory.content for memory in memories]
    if len(memories) < 2 or lost(contents, condensed.text):
        return None
    if worded := _worded(contents, condensed.text):
        made = _checked(caller, memories, worded, by_model=True)
        if made:
            return made
    return _checked(caller, memories, condensed.text, by_model=False)


def _worded(contents: Sequence[str], extract: str) -> str:
    """The language model's wording, if it is shorter, loses nothing and makes nothing up; else ""."""
    model = llm()
    if model is None:
        return ""
    try:
        answer = model.ask(Question("summary", INSTRUCTIONS, as_data(contents), answer_tokens=4096))
    except LlmFailed as failed:
        log.warning("summary_not_worded", error=failed.message)
        return ""
    if len(answer) >= len(extract) or lost(contents, answer) or added(contents, answer):
        log.info("summary_wording_refused", length=len(answer))
        return ""
    return answer


def _checked(caller: Caller, memories: Sequence[Memory], text: str, *, by_model: bool) -> Made | None:
    """The summary, embedded and held against its sources' centroid."""
    scope = str(caller.namespace_id)
    whole = "\n".join(memory.content for memory in memories)
    summary, sources = read([Text(text, ""), Text(whole, "")], scope=scope)
    cosine = drift_cosine(summary.vectors, sources.vectors)
    if cosine < DRIFT:
        log.info("summary_drifted", cosine=round(cosine, 3))
        return None
    draft = checked(_draft([memory.grain for memory in memories], text, by_model=by_model))
    draft = replace(draft, parts=parts_of(memory.content for memory in memories))
    newest = max(memory.grain.created_at for memory in memories)
    return Made(grain_prepare(caller=caller, clean=[draft], now=newest), memories, by_model, cosine)


def _draft(grains: Sequence[Grain], text: str, *, by_model: bool) -> Draft:
    """As believed as its least believed source, as important as its most important one."""
    tags = list(dict.fromkeys(tag for grain in grains for tag in grain.tags))
    authors = {grain.author for grain in grains}
    return Draft(
        content=text,
        agent=grains[0].agent,
        user=grains[0].user,
        author=authors.pop() if len(authors) == 1 else "",
        tags=tags[: limits.TAGS],
        memory_type=MemoryType.SEMANTIC,
        importance=max(grain.importance for grain in grains),
        provenance=Provenance.AI_INFERRED
        if by_model
        else max((Provenance(grain.provenance) for grain in grains), key=TRUST.index),
        confidence=min(grain.confidence for grain in grains),
        metadata={"summary_of": len(grains)},
        occurred_at=max(grain.occurred_at or grain.created_at for grain in grains),
    )


def _replace(work: Work, made: Made) -> None:
    """Put the summary in its sources' place, unless one of them has changed since it was read."""
    caller, read_as = work.caller, {memory.grain.id: memory.grain for memory in made.sources}
    mine = Grain.objects.filter(namespace_id=caller.namespace_id, id__in=list(read_as))
    now = {grain.id: grain for grain in mine.order_by("number").select_for_update()}
    if any(_state(now.get(id_)) != _state(grain) for id_, grain in read_as.items()):
        work.count(outrun=1)
        return
    (stored,) = grain_write(caller=caller, prepared=made.prepared)
    if stored.duplicate:  # somebody has stored the very same text: then that stands for them
        work.count(outrun=1)
        return
    number = Grain.objects.values_list("number", flat=True).get(namespace_id=caller.namespace_id, id=stored.id)
    numbers = [grain.number for grain in now.values()]
    derivations_add(caller=caller, number=number, sources=numbers)
    links = derived_link(caller=caller, number=number, sources=numbers)
    status_set(caller=caller, statuses=dict.fromkeys(now, Status.ARCHIVED))
    mine.update(superseded_by=stored.id)
    work.journal(
        "summary",
        cause={"sources": len(now), "model": made.by_model, "cosine": round(made.cosine, 4)},
        before={
            "grain.status": {stored.id: None, **dict.fromkeys(now, Status.ACTIVE)},
            "grain.superseded_by": {id_: grain.superseded_by for id_, grain in now.items()},
            "conduit": dict.fromkeys(links),
        },
        after={
            "grain.status": {stored.id: Status.ACTIVE, **dict.fromkeys(now, Status.ARCHIVED)},
            "grain.superseded_by": dict.fromkeys(now, stored.id),
            "conduit": dict.fromkeys(links, THERE),
        },
    )
    work.count(condensed=len(now))


def _state(grain: Grain | None) -> tuple[str, int] | None:
    return (grain.status, grain.version) if grain else None


def _moment(memory: Memory) -> datetime:
    return memory.grain.occurred_at or memory.grain.created_at
