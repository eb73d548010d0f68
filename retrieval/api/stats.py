"""memoryOSS's admin reads, of the caller's own namespace. What we have not built, because it did no good, says so."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Moment
from accounts.api.views import MemoryView
from accounts.scopes import Scope
from embedding.remembered import Remembered
from retrieval import stats
from retrieval.trust import LOW, SOURCE_PRIOR

NO_INTENTS = (
    "There is no intent cache: a question with its words sorted loses 'not' and 'before', and a recall is faster than "
    "looking one up safely. Vectors of questions are remembered instead (cache/stats)."
)
NO_PREFETCH = "Nothing is prefetched: embedding what an agent asked before saves it nothing that the cache does not."
NOT_THERE = {"enabled": False}


class CacheOut(serializers.Serializer[Any]):
    """Vectors of questions that are remembered."""

    valid_entries = serializers.IntegerField(help_text="Shared by all processes.")
    total_entries = serializers.IntegerField()
    local_entries = serializers.IntegerField(help_text="In the process that answers.")


class IndexHealthOut(serializers.Serializer[Any]):
    """The indexes. Every memory is in them when storing it is answered."""

    vector_index_size = serializers.IntegerField()
    indexer_lag = serializers.IntegerField()
    vector_seq = serializers.IntegerField()
    fts_seq = serializers.IntegerField()
    write_seq = serializers.IntegerField()
    active_memories = serializers.IntegerField()
    approximate = serializers.BooleanField(help_text="Whether the namespace has an HNSW index of its own.")
    waiting_changes = serializers.IntegerField(help_text="Changes that learning and webhooks have not seen yet.")
    embedding_cache = serializers.DictField()
    status = serializers.CharField()


class TermOut(serializers.Serializer[Any]):
    """A search term as it is indexed, stemmed."""

    term = serializers.CharField(allow_null=True)
    doc_freq = serializers.IntegerField()
    idf = serializers.FloatField()


class TermsOut(serializers.Serializer[Any]):
    """The extremes of the vocabulary."""

    total_documents = serializers.IntegerField()
    unique_terms = serializers.IntegerField()
    most_common = TermOut(many=True)
    most_rare = TermOut(many=True)


class AgentSpaceOut(serializers.Serializer[Any]):
    """What one agent's memories take."""

    count = serializers.IntegerField()
    total_bytes = serializers.IntegerField()
    topics = serializers.ListField(child=serializers.CharField())
    earliest = Moment()
    latest = Moment()


class SpaceOut(serializers.Serializer[Any]):
    """What memories take, by agent; `_none` has those of no agent."""

    total_memories = serializers.IntegerField()
    total_bytes = serializers.IntegerField()
    agents = serializers.DictField(child=AgentSpaceOut())


class SourceReputationOut(serializers.Serializer[Any]):
    """How often what came from a source proved right, with a 95 % interval."""

    source_key = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    reputation = serializers.FloatField()
    confidence_low = serializers.FloatField()
    confidence_high = serializers.FloatField()
    alpha = serializers.FloatField()
    beta = serializers.FloatField()


class TrustOut(serializers.Serializer[Any]):
    """Below the threshold a memory is of low trust."""

    threshold = serializers.FloatField()
    source_reputations = SourceReputationOut(many=True)


class FlushedOut(serializers.Serializer[Any]):
    """How many entries were forgotten."""

    flushed = serializers.IntegerField()
    note = serializers.CharField(required=False)


class IntentCacheOut(serializers.Serializer[Any]):
    """An intent cache that is not there."""

    enabled = serializers.BooleanField()
    valid_entries = serializers.IntegerField()
    total_entries = serializers.IntegerField()
    entries = serializers.IntegerField()
    hits = serializers.IntegerField()
    note = serializers.CharField()


class PrefetchOut(serializers.Serializer[Any]):
    """Prefetching that is not there."""

    enabled = serializers.BooleanField()
    tracked_agents = serializers.IntegerField()
    total_recorded_queries = serializers.IntegerField()
    note = serializers.CharField()


class AdminRead(MemoryView):
    """A read that needs an admin's key."""

    scope = Scope.ADMIN


class IndexHealthView(AdminRead):
    """Indexes."""

    @extend_schema(responses=IndexHealthOut)
    def get(self, request: Request) -> Response:
        """The size of the indexes; they are never behind."""
        health = stats.index_health(caller=self.caller)
        cached = _cache_json(stats.vectors_remembered(caller=self.caller))
        return Response(
            {
                "vector_index_size": health.passages,
                "indexer_lag": 0,
                "vector_seq": health.written,
                "fts_seq": health.written,
                "write_seq": health.written,
                "active_memories": health.grains,
                "approximate": health.approximate,
                "waiting_changes": health.waiting,
                "embedding_cache": {"valid": cached["valid_entries"], "total": cached["total_entries"]},
                "status": "healthy",
            }
        )


class TermsView(AdminRead):
    """Terms."""

    @extend_schema(responses=TermsOut)
    def get(self, request: Request) -> Response:
        """The most common and the rarest search terms."""
        found = stats.term_statistics(caller=self.caller)
        return Response(
            {
                "total_documents": found.grains,
                "unique_terms": found.unique,
                "most_common": [_term_json(term) for term in found.most_common],
                "most_rare": [_term_json(term) for term in found.most_rare],
            }
        )


class SpaceView(MemoryView):
    """Space."""

    scope = Scope.RECALL  # memoryOSS: any reader

    @extend_schema(responses=SpaceOut)
    def get(self, request: Request) -> Response:
        """What memories take, by agent."""
        agents = stats.space_used(caller=self.caller)
        return Response(
            {
                "total_memories": sum(one.count for one in agents),
                "total_bytes": sum(one.bytes for one in agents),
                "agents": {one.agent or "_none": _space_json(one) for one in agents},
            }
        )


class TrustView(AdminRead):
    """Trust."""

    @extend_schema(responses=TrustOut)
    def get(self, request: Request) -> Response:
        """The reputations of what memories came from."""
        known = stats.reputations(caller=self.caller)
        return Response({"threshold": LOW, "source_reputations": [_reputation_json(one) for one in known]})


class CacheView(AdminRead):
    """Remembered vectors."""

    @extend_schema(responses=CacheOut)
    def get(self, request: Request) -> Response:
        """How many vectors of questions are remembered."""
        return Response(_cache_json(stats.vectors_remembered(caller=self.caller)))


class CacheFlushView(AdminRead):
    """Forget remembered vectors."""

    @extend_schema(request=None, responses=FlushedOut)
    def post(self, request: Request) -> Response:
        """Forget them, in Valkey and in the process that answers."""
        return Response({"flushed": stats.vectors_forget(caller=self.caller)})


class IntentCacheView(AdminRead):
    """An intent cache."""

    @extend_schema(responses=IntentCacheOut)
    def get(self, request: Request) -> Response:
        """There is none, and why."""
        empty = dict.fromkeys(("valid_entries", "total_entries", "entries", "hits"), 0)
        return Response({**NOT_THERE, **empty, "note": NO_INTENTS})


class IntentCacheFlushView(AdminRead):
    """Flush an intent cache."""

    @extend_schema(request=None, responses=FlushedOut)
    def post(self, request: Request) -> Response:
        """There is none, so nothing is flushed."""
        return Response({"flushed": 0, "note": NO_INTENTS})


class PrefetchView(AdminRead):
    """Prefetching."""

    @extend_schema(responses=PrefetchOut)
    def get(self, request: Request) -> Response:
        """There is none, and why."""
        return Response({**NOT_THERE, "tracked_agents": 0, "total_recorded_queries": 0, "note": NO_PREFETCH})


def _cache_json(known: Remembered) -> dict[str, int]:
    most = max(known.local, known.shared)
    return {"valid_entries": known.shared, "total_entries": most, "local_entries": known.local}


def _term_json(term: stats.Term) -> dict[str, Any]:
    return {"term": term.word, "doc_freq": term.frequency, "idf": term.idf}


def _space_json(one: stats.Space) -> dict[str, Any]:
    return {
        "count": one.count,
        "total_bytes": one.bytes,
        "topics": one.topics,
        "earliest": one.earliest,
        "latest": one.latest,
    }


def _reputation_json(one: stats.Reputation) -> dict[str, Any]:
    return {
        "source_key": f"{one.source.kind}:{one.source.name}",
        "kind": one.source.kind,
        "name": one.source.name,
        "reputation": round(one.mean, 6),
        "confidence_low": round(one.low, 6),
        "confidence_high": round(one.high, 6),
        "alpha": one.source.a + SOURCE_PRIOR,
        "beta": one.source.b + SOURCE_PRIOR,
    }
