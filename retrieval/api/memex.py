"""memex's REST: its addresses, shapes and errors over Garner's services. agent_id and user_id are filters."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

import clock
from accounts.api.fields import Moment, Number, Text, Whole
from accounts.api.idempotency import idempotent
from accounts.api.views import MemoryView, parsed
from accounts.errors import NotFound
from accounts.scopes import Scope
from accounts.services.quotas import memex_spend
from grains.api.views import ListView
from grains.drafts import Draft
from grains.filters import Filter
from grains.models import Grain, MemoryType
from grains.selectors import grain_inspect, pair_count
from grains.services.forget import grain_forget
from grains.services.store import grain_store
from retrieval.profiles import Profile
from retrieval.recall import recall
from retrieval.search import Search

TYPES = [(kind.value, kind.value) for kind in MemoryType if kind is not MemoryType.WORKING]
FIELD_NAMES = {"agent": "agent_id", "user": "user_id"}
STRANGER = "Memory not found or does not belong to this agent."


class PairIn(serializers.Serializer[Any]):
    """Whose memory of whom."""

    agent_id = Text(max_length=128)
    user_id = Text(max_length=128)


class MemexStoreIn(PairIn):
    """A memory to store."""

    content = Text(max_length=8000)
    importance = Number(required=False, min_value=0, max_value=2)
    memory_type = serializers.ChoiceField(TYPES, required=False)


class MemexSearchIn(PairIn):
    """A question to the memories of a pair."""

    query = Text(max_length=2000)
    top_k = Whole(required=False, min_value=1, max_value=50)
    alpha = Number(required=False, min_value=0, max_value=1, help_text="1: by meaning; 0: the newest first.")
    memory_type = serializers.ChoiceField(TYPES, required=False)


class MemexMemoryOut(serializers.Serializer[Any]):
    """A memory; `score` in searches only."""

    id = serializers.UUIDField()
    agent_id = serializers.CharField()
    user_id = serializers.CharField()
    content = serializers.CharField()
    importance = serializers.FloatField()
    memory_type = serializers.CharField()
    created_at = Moment()
    score = serializers.FloatField(allow_null=True)


class MemexSearchOut(serializers.Serializer[Any]):
    """The ranking; `total` is how many are in it."""

    results = MemexMemoryOut(many=True)
    query = serializers.CharField()
    total = serializers.IntegerField()


class CountIn(serializers.Serializer[Any]):
    """Whose memories of whom are counted; both may be empty."""

    agent_id = Text(allow_blank=True)
    user_id = Text(allow_blank=True)


class CountOut(serializers.Serializer[Any]):
    """How many there are."""

    agent_id = serializers.CharField()
    user_id = serializers.CharField()
    count = serializers.IntegerField()


class AgentIn(serializers.Serializer[Any]):
    """Whose memory it is."""

    agent_id = Text(allow_blank=True)


class MemexView(MemoryView):
    """A view that speaks memex."""

    error_component = "Detail"
    field_names = FIELD_NAMES


class MemoriesView(ListView):
    """/v1/memories: GET lists in our dialect, POST stores in memex's."""

    scopes = {"POST": Scope.STORE}
    field_names = FIELD_NAMES

    @property
    def error_component(self) -> str:
        """FastAPI's errors for memex's method."""
        request = getattr(self, "request", None)
        return "Detail" if request is not None and request.method == "POST" else "Error"

    @extend_schema(request=MemexStoreIn, responses={201: MemexMemoryOut})
    @idempotent
    def post(self, request: Request) -> Response:
        """Store a memory; an exact repeat answers with the one that is there."""
        wanted = parsed(MemexStoreIn, request)
        memex_spend(caller=self.caller, operation="writes")
        now = clock.now()
        draft = _draft(wanted)
        stored = grain_store(caller=self.caller, draft=draft, now=now)
        known = grain_inspect(caller=self.caller, id=stored.id).memory.grain if stored.duplicate else None
        grain = known or Grain(id=stored.id, created_at=now, importance=draft.importance, memory_type=draft.memory_type)
        return Response(_memory_json(grain, wanted, wanted["content"], None), status=201)


class SearchView(MemexView):
    """Ask a pair's memories."""

    scope = Scope.RECALL

    @extend_schema(request=MemexSearchIn, responses=MemexSearchOut)
    def post(self, request: Request) -> Response:
        """The memories that answer best, by memex's formula unless the key has a profile of its own."""
        wanted = parsed(MemexSearchIn, request)
        memex_spend(caller=self.caller, operation="searches")
        found = recall(caller=self.caller, search=self._search(wanted))
        results = [
            _memory_json(one.memory.grain, wanted, one.memory.content, round(one.score, 4)) for one in found.results
        ]
        return Response({"results": results, "query": wanted["query"], "total": len(results)})

    def _search(self, wanted: dict[str, Any]) -> Search:
        where = Filter(agent=wanted["agent_id"], user=wanted["user_id"], memory_type=wanted.get("memory_type", ""))
        profile = Profile(self.caller.profile or Profile.MEMEX)
        return Search(wanted["query"], wanted.get("top_k", 10), where, profile=profile, alpha=wanted.get("alpha", 0.7))


class MemoryDeleteView(MemexView):
    """Delete a memory."""

    scope = Scope.UPDATE  # writers may: they name the agent whose memory it is

    @extend_schema(parameters=[AgentIn], responses={204: None})
    @idempotent
    def delete(self, request: Request, id: str) -> Response:
        """Erase one memory of the named agent."""
        agent = parsed(AgentIn, request.query_params.dict())["agent_id"]
        wanted = _uuid(id)
        try:
            owner = grain_inspect(caller=self.caller, id=wanted).memory.grain.agent
        except NotFound as error:
            raise NotFound(STRANGER) from error
        if owner != agent or not grain_forget(caller=self.caller, ids=[wanted]):
            raise NotFound(STRANGER)
        return Response(status=204)


class CountView(MemexView):
    """Count a pair's memories."""

    scope = Scope.RECALL

    @extend_schema(parameters=[CountIn], responses=CountOut)
    def get(self, request: Request) -> Response:
        """How many memories an agent has about a user; 0 for an unknown pair."""
        wanted = parsed(CountIn, request.query_params.dict())
        agent, user = wanted["agent_id"], wanted["user_id"]
        return Response(
            {"agent_id": agent, "user_id": user, "count": pair_count(caller=self.caller, agent=agent, user=user)}
        )


def _draft(wanted: dict[str, Any]) -> Draft:
    return Draft(
        wanted["content"],
        agent=wanted["agent_id"],
        user=wanted["user_id"],
        memory_type=wanted.get("memory_type", MemoryType.EPISODIC),
        importance=wanted.get("importance", 1.0),
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise serializers.ValidationError({"id": ["Input should be a valid UUID"]}, code="uuid_parsing") from error


def _memory_json(grain: Grain, pair: dict[str, Any], content: str, score: float | None) -> dict[str, Any]:
    return {
        "id": str(grain.id),
        "agent_id": pair["agent_id"],
        "user_id": pair["user_id"],
        "content": content,
        "importance": grain.importance,
        "memory_type": grain.memory_type,
        "created_at": grain.created_at,
        "score": score,
    }
