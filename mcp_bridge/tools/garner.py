"""Garner's own nine tools."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from accounts.door import Caller
from accounts.errors import Invalid
from accounts.scopes import Scope
from grains.drafts import Draft
from grains.filters import Filter
from grains.selectors import grain_list
from grains.services.forget import grain_forget
from grains.services.store import grain_store
from grains.services.update import Change, grain_update
from learning.services.feedback import feedback_give
from mcp_bridge import fence, shapes
from mcp_bridge.asking import asked
from mcp_bridge.moments import aware
from mcp_bridge.onboarding import CALLER_EXTRACTS, workflow
from mcp_bridge.profiles import DIALECTS, Profile
from mcp_bridge.registry import tool
from mcp_bridge.rendering import explanation_shape, health_shape, memory_shape, recall_shape
from retrieval.search import Gate, Search, Shape
from retrieval.services.feedback import Verdict

GARNER = Profile.GARNER
MemoryType = Literal["", "episodic", "semantic", "procedural", "working"]
Provenance = Literal["user_stated", "external_source", "ai_stated", "ai_inferred"]
Tags = Annotated[list[str], Field(description="Only memories with any of these tags.")]
Agent = Annotated[str, Field(description="Only memories of this agent.")]
User = Annotated[str, Field(description="Only memories about or for this user.")]
Author = Annotated[str, Field(description="Only what this person or program said.")]
Session = Annotated[str, Field(description="Only memories of this conversation.")]
PutAway = Literal["contested", "dormant", "archived"]
Share = Annotated[float, Field(ge=0, le=1, description="Leave out memories with less, 0 to 1.")]
Before = Annotated[datetime | None, Field(description="Stored before this moment (RFC 3339).")]
After = Annotated[datetime | None, Field(description="Stored after this moment (RFC 3339).")]


@tool(GARNER, scope=Scope.STORE, title="Remember", text=fence.remembered_text, repeatable=True, strict=True)
def remember(
    caller: Caller,
    *,
    content: Annotated[str, Field(description="One fact in a full sentence, clear without its conversation.")],
    provenance: Annotated[Provenance, Field(description="Where it comes from; user_stated weighs most.")] = "ai_stated",
    author: Annotated[str, Field(description="Who said or wrote it.")] = "",
    occurred_at: Annotated[datetime | None, Field(description="When it happened (RFC 3339).")] = None,
    tags: Annotated[list[str], Field(description="Labels to filter by later.")] = [],
    features: Annotated[list[str], Field(description="2 to 5 key words that you extracted, if you did.")] = [],
    session: Annotated[str, Field(description="The conversation it belongs to.")] = "",
    agent: Annotated[str, Field(description="Your own name, when several agents share a memory.")] = "",
    user: Annotated[str, Field(description="The user it is about or for.")] = "",
    memory_type: MemoryType = "semantic",
    importance: Annotated[float, Field(ge=0, le=2)] = 1.0,
) -> shapes.Remembered:
    """Store one durable fact in long-term memory.

    Call it when the user states a preference, a decision, a name, a date, a plan or a correction, and when you learn
    something that a later conversation will need. One fact a call. Storing the same text again is harmless.
    """
    draft = Draft(
        content=content,
        provenance=provenance,
        author=author,
        occurred_at=aware(occurred_at),
        tags=tags,
        session=session,
        agent=agent,
        user=user,
        memory_type=memory_type or "semantic",
        importance=importance,
        metadata={"features": features} if features else {},
    )
    stored = grain_store(caller=caller, draft=draft)
    return {"id": stored.id, "version": stored.version, "duplicate": stored.duplicate}


@tool(GARNER, scope=Scope.RECALL, title="Recall", text=fence.recall_text, reads=True, strict=True)
def recall(
    caller: Caller,
    *,
    query: Annotated[str, Field(description="What you want to know, as a question or in full words.")],
    limit: Annotated[int, Field(ge=1, le=100)] = 8,
    agent: Agent = "",
    user: User = "",
    author: Author = "",
    session: Session = "",
    tags: Tags = [],
    memory_type: MemoryType = "",
    before: Before = None,
    after: After = None,
    as_of: Annotated[datetime | None, Field(description="Recall the memory as it was at this moment.")] = None,
    now: Annotated[datetime | None, Field(description="When the question is asked, if that is not now.")] = None,
    strict: Annotated[bool, Field(description="Leave out what is stale or superseded.")] = False,
    include: Annotated[list[PutAway], Field(description="Also memories that were put away.")] = [],
    min_score: Share = 0.0,
    min_trust: Share = 0.0,
    diversity: Annotated[float, Field(ge=0, le=1, description="Above 0: results unlike each other.")] = 0.0,
    max_tokens: Annotated[int | None, Field(ge=1, description="At most so much text.")] = None,
    deadline_ms: Annotated[int | None, Field(ge=1, le=60_000, description="Answer in this time.")] = None,
) -> shapes.RecallShape:
    """Look up what is known, best first.

    Call it BEFORE answering anything that may rest on earlier conversations, people, projects, decisions or
    preferences, and at the start of a task. `decision` says whether the memories answer the question: inject (use
    them), need_more_evidence (with care), abstain (probably nothing is known). A memory that is `stale` no longer
    holds; what took its place stands before it. Keep `trace_id` for feedback.
    """
    search = Search(
        query,
        limit,
        _where(agent, user, author, session, tags, memory_type=memory_type, before=before, after=after),
        as_of=aware(as_of),
        asked_at=aware(now),
        strict=strict,
        include=include,
        gate=Gate(score=min_score, trust=min_trust),
        shape=Shape(diversity, collapse=diversity > 0, tokens=max_tokens),
        deadline_ms=deadline_ms,
    )
    return recall_shape(asked(caller, search))


@tool(GARNER, scope=Scope.UPDATE, title="Update a memory", text=fence.updated_text, destroys=True, strict=True)
def update(
    caller: Caller,
    *,
    id: Annotated[UUID, Field(description="The memory, by the id that recall or list_memories showed.")],
    content: Annotated[str, Field(description="The new text; the old one is kept as a past version.")] = "",
    tags: Annotated[list[str] | None, Field(description="Replaces all tags; [] removes them.")] = None,
    memory_type: MemoryType = "",
    importance: Annotated[float | None, Field(ge=0, le=2)] = None,
    if_version: Annotated[int | None, Field(ge=1, description="Refuse unless this is the current version.")] = None,
) -> shapes.UpdatedShape:
    """Correct or replace a memory that has become wrong or outdated.

    Call it when the user corrects a fact that recall showed, instead of remembering a second, contradicting one.
    """
    change = Change(content=content or None, tags=tags, memory_type=memory_type or None, importance=importance)
    grain = grain_update(caller=caller, id=id, change=change, if_version=if_version)
    return {"id": grain.id, "version": grain.version}


@tool(
    GARNER,
    scope=Scope.FORGET,
    title="Forget memories",
    text=fence.forgotten_text,
    destroys=True,
    repeatable=True,
    strict=True,
)
def forget(
    caller: Caller,
    *,
    ids: Annotated[list[UUID], Field(description="Exactly these memories.")] = [],
    agent: Agent = "",
    user: User = "",
    author: Author = "",
    session: Session = "",
    tags: Tags = [],
    memory_type: MemoryType = "",
    before: Before = None,
    after: After = None,
) -> shapes.ForgottenShape:
    """Erase memories for good: those with these ids, or else all that match every given filter.

    Call it only when the user asks to forget something. Prefer ids that you have seen; ids and filters together, or
    neither, are refused.
    """
    where = _where(agent, user, author, session, tags, memory_type=memory_type, before=before, after=after)
    if ids and where:
        raise Invalid("Name ids or a filter, not both: nothing was forgotten.", field="ids")
    return {"deleted": grain_forget(caller=caller, ids=ids, where=where)}


@tool(GARNER, scope=Scope.FEEDBACK, title="Rate a recall", text=fence.feedback_text, repeatable=True, strict=True)
def feedback(
    caller: Caller,
    *,
    trace_id: Annotated[UUID, Field(description="The trace_id of the recall.")],
    useful: Annotated[list[UUID], Field(description="Ids of its memories that helped.")] = [],
    not_useful: Annotated[list[UUID], Field(description="Ids of its memories that misled or missed.")] = [],
    strength: Annotated[float, Field(ge=0, le=1, description="How sure you are.")] = 1.0,
) -> shapes.FeedbackShape:
    """Say which recalled memories helped. The memory learns from it which ones to show first.

    Call it once after you have answered with the help of a recall. A later rating replaces an earlier one.
    """
    verdicts = [Verdict(id_, useful=True, strength=strength) for id_ in useful]
    verdicts += [Verdict(id_, useful=False, strength=strength) for id_ in not_useful]
    if not verdicts:
        raise Invalid("Name at least one memory as useful or not useful.", field="useful")
    if both := set(useful) & set(not_useful):
        raise Invalid(f"{min(both)} cannot be both useful and not useful.", field="useful")
    feedback_give(caller=caller, trace_id=trace_id, verdicts=verdicts)
    return {"trace_id": trace_id, "recorded": len(verdicts)}


@tool(GARNER, scope=Scope.RECALL, title="List memories", text=fence.listing_text, reads=True, strict=True)
def list_memories(
    caller: Caller,
    *,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    cursor: Annotated[UUID | None, Field(description="next_cursor of the page before.")] = None,
    agent: Agent = "",
    user: User = "",
    author: Author = "",
    session: Session = "",
    tags: Tags = [],
    memory_type: MemoryType = "",
    before: Before = None,
    after: After = None,
) -> shapes.ListingShape:
    """Page through stored memories, newest first, without ranking.

    Call it to review or clean up; to answer a question call recall instead.
    """
    where = _where(agent, user, author, session, tags, memory_type=memory_type, before=before, after=after)
    page = grain_list(caller=caller, where=where, limit=limit, after=cursor)
    return {
        "total": page.total,
        "note": shapes.DATA_NOTE,
        "memories": [memory_shape(memory) for memory in page.memories],
        "next_cursor": page.after,
    }


@tool(GARNER, scope=Scope.RECALL, title="Explain a recall", text=fence.explanation_text, reads=True, strict=True)
def explain(
    caller: Caller,
    *,
    trace_id: Annotated[UUID, Field(description="The trace_id of the recall.")],
    memory_id: Annotated[UUID | None, Field(description="Only this memory of it.")] = None,
) -> shapes.ExplanationShape:
    """Show why a recall returned what it did: each memory's rank, score and the signals that it is made of.

    `path` says over which memories the graph led to it. Call it when a result surprises you or the user asks why you
    believe something.
    """
    return explanation_shape(caller, trace_id, memory_id)


@tool(GARNER, scope=Scope.RECALL, title="Memory health", text=fence.health_text, reads=True, strict=True)
def memory_health(caller: Caller) -> shapes.HealthShape:
    """Show how many memories there are, how recalls went in the last 24 hours, what waits for feedback, what is unwell.

    Call it when recalls seem poor, or when the user asks about the state of the memory.
    """
    return health_shape(caller)


@tool(GARNER, scope=None, title="Onboard", text=fence.onboard_text, reads=True, strict=True)
def onboard(
    caller: Caller,
    *,
    operating_mode: Annotated[str, Field(description="caller_extracts or flux_extracts.")] = CALLER_EXTRACTS,
) -> shapes.OnboardShape:
    """Get the instructions for working with this memory, ready to be saved in AGENTS.md or CLAUDE.md.

    Call it once, on first contact, and save the text where you read it at every start.
    """
    return {
        "instructions": workflow(caller=caller, profile=GARNER, mode=operating_mode),
        "operating_mode": operating_mode,
        "server_name": DIALECTS[GARNER].server_name,
        "namespace": caller.namespace,
        "may": sorted(caller.scopes),
    }


def _where(
    agent: str, user: str, author: str, session: str, tags: list[str], *, memory_type: str, before: Any, after: Any
) -> Filter:
    return Filter(
        agent=agent,
        user=user,
        author=author,
        session=session,
        tags=tags,
        memory_type=memory_type,
        before=aware(before),
        after=aware(after),
    )
