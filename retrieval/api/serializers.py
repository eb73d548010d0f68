"""Shapes of recall and feedback (memoryOSS's dialect, /v1)."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Flag, Identity, Moment, Number, Text, Whole
from grains.api.serializers import FilterIn, MemoryOut, VectorField
from retrieval.profiles import Profile
from retrieval.search import ASKED_FOR, USUAL

RECALLS = 10  # questions of one batch, memoryOSS's


class WeightsIn(serializers.Serializer[Any]):
    """memoryOSS's weights of its channels; beyond 0 to 1 they are cut. They ask for its profile."""

    vector = Number(required=False)
    fts = Number(required=False)
    exact = Number(required=False)
    recency = Number(required=False)


class RecallIn(FilterIn):
    """A question, and which memories may answer it."""

    query = Text(help_text="1 byte to 32 KiB of text.")
    limit = Whole(required=False, min_value=1, help_text="Results, at most 100.")
    namespace = Text(required=False)
    as_of = Moment(required=False, help_text="Recall the memories as they were at this moment.")
    profile = serializers.ChoiceField(
        [(one.value, one.value) for one in Profile], required=False, help_text="Whose formula ranks."
    )
    alpha = Number(required=False, min_value=0, max_value=1, help_text="memex's share of the cosine.")
    weights = WeightsIn(required=False)
    query_embedding = VectorField(required=False, help_text="The question's own embedding: no other is made.")
    consistency = serializers.ChoiceField(
        ["strong", "eventual"], required=False, help_text="Accepted; every recall sees every write before it."
    )
    now = Moment(
        required=False, help_text="The question's own time, for relative dates and freshness; decides no permission."
    )
    include = serializers.ListField(
        child=serializers.ChoiceField([(one.value, one.value) for one in ASKED_FOR]),
        required=False,
        max_length=len(ASKED_FOR),
        help_text="Also return memories that were put away.",
    )
    status = serializers.ChoiceField(
        [(one.value, one.value) for one in (*USUAL, *ASKED_FOR)],
        required=False,
        help_text="Only memories of this status.",
    )
    strict = Flag(required=False, help_text="Leave out what is stale: superseded, outside its validity, or unreviewed.")
    min_score = Number(required=False, min_value=0, max_value=1, help_text="Leave out what scores less.")
    min_channel = Number(
        required=False, min_value=0, max_value=1, help_text="Leave out what no channel finds as strongly as this."
    )
    min_trust = Number(required=False, min_value=0, max_value=1, help_text="Leave out what is trusted less.")
    diversity = Number(
        required=False, min_value=0, max_value=1, help_text="0: by score alone; 1: as unlike each other as can be."
    )
    collapse = Flag(
        required=False, help_text="Show one of several memories that say the same; on where diversity is asked for."
    )
    max_tokens = Whole(required=False, min_value=1, help_text="Return no more text than this many word pieces.")
    deadline_ms = Whole(
        required=False,
        min_value=1,
        max_value=60_000,
        help_text="Answer in this time, without the channels that are slow.",
    )
    explain = Flag(required=False, help_text="Add where every number comes from, and what was cut and why.")
    why = Identity(required=False, help_text="With explain: what became of this memory.")
    cursor = Text(required=False, help_text="The next_cursor of a page: the next one follows, whatever else is sent.")
    include_embeddings = Flag(required=False, help_text="Add each memory's vector.")


class OtherOut(serializers.Serializer[Any]):
    """A memory that says what the result says."""

    id = serializers.UUIDField()
    content = serializers.CharField()


class StepOut(serializers.Serializer[Any]):
    """A step of the graph: from a wording, term, entity or author of the question, or from another grain."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        return {
            "from": serializers.ChoiceField(["wording", "term", "entity", "author", "grain"]),
            "grain_id": serializers.UUIDField(required=False),
        }


class PassageOut(serializers.Serializer[Any]):
    """A part of a memory's content: characters, `end` exclusive."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()


class ResultOut(serializers.Serializer[Any]):
    """One memory with its score (0 to 1, absolute) and the channels that found it.

    `stale_because` is there where `stale` is true, `supersedes`, `superseded_by` and `collapsed` where there are any.
    """

    memory = MemoryOut()
    score = serializers.FloatField()
    provenance = serializers.ListField(child=serializers.CharField())
    trust_score = serializers.FloatField()
    low_trust = serializers.BooleanField()
    stale = serializers.BooleanField()
    stale_because = serializers.ListField(child=serializers.CharField(), required=False)
    superseded_by = serializers.UUIDField(required=False)
    supersedes = serializers.ListField(child=serializers.UUIDField(), required=False)
    last_verified_at = Moment(allow_null=True)
    collapsed = OtherOut(many=True, required=False)
    passage = PassageOut(required=False, help_text="Of a long memory, the part that answers best.")
    path = StepOut(many=True, required=False, help_text="How the graph led to it, first step first.")


class RecallOut(serializers.Serializer[Any]):
    """The ranking, the decision whether it is worth injecting, and the receipt for feedback."""

    trace_id = serializers.UUIDField()
    decision = serializers.ChoiceField(["inject", "abstain", "need_more_evidence"])
    reasons = serializers.ListField(child=serializers.CharField())
    memories = ResultOut(many=True)
    next_cursor = serializers.CharField(required=False)
    degraded = serializers.BooleanField(help_text="Whether a channel was left out.")
    left_out = serializers.ListField(child=serializers.CharField(), required=False)
    degraded_because = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Why each channel was left out."
    )
    tokens = serializers.IntegerField(required=False, help_text="With max_tokens: what the results take.")
    explain = serializers.DictField(required=False)


class QueryExplainOut(serializers.Serializer[Any]):
    """What a recall answered, and why: memoryOSS's fields, and what lies behind the scores."""

    trace_id = serializers.UUIDField()
    query = serializers.CharField()
    namespace = serializers.CharField()
    profile = serializers.CharField()
    decision = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    understood = serializers.DictField(help_text="The question as it was read.")
    weights = serializers.DictField(help_text="Of the channels, where the profile has any.")
    filters = serializers.DictField()
    statuses = serializers.ListField(child=serializers.CharField())
    candidate_filter_count = serializers.IntegerField(
        allow_null=True, help_text="How many memories the filter lets through; null without one."
    )
    candidates = serializers.IntegerField()
    used = serializers.DictField()
    used_vector = serializers.BooleanField()
    used_fts = serializers.BooleanField()
    indexer_lag = serializers.IntegerField(help_text="0: indexes are written with the memory.")
    consistency = serializers.CharField()
    identifiers = serializers.ListField(child=serializers.CharField())
    min_channel_score = serializers.FloatField()
    diversity_factor = serializers.FloatField()
    calibration = serializers.DictField(help_text="What the scores are computed with.")
    vector_results = serializers.ListField(child=serializers.DictField())
    fts_results = serializers.ListField(child=serializers.DictField())
    exact_results = serializers.ListField(child=serializers.DictField())
    graph_results = serializers.ListField(
        child=serializers.DictField(), help_text="What the graph reached: signal, lift, and the path that led to it."
    )
    final_results = serializers.ListField(child=serializers.DictField())
    cut = serializers.ListField(child=serializers.DictField(), help_text="Candidates that were not returned, and why.")
    why = serializers.DictField(allow_null=True, help_text="What became of the memory that `why` names.")


class RecallBatchIn(serializers.Serializer[Any]):
    """Questions, each with its own conditions."""

    queries = serializers.ListField(child=RecallIn(), min_length=1, max_length=RECALLS)


class RecallBatchOut(serializers.Serializer[Any]):
    """One answer a question, in order."""

    results = RecallOut(many=True)


class SourceOut(serializers.Serializer[Any]):
    """What runs here, and under which licence."""

    name = serializers.CharField()
    version = serializers.CharField()
    license = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field is named so
    notice = serializers.CharField()


class VerdictIn(serializers.Serializer[Any]):
    """Whether one result helped."""

    grain_id = Identity()
    useful = Flag()
    strength = Number(required=False, min_value=0, max_value=1)


class FeedbackIn(serializers.Serializer[Any]):
    """Verdicts on results of one recall."""

    trace_id = Identity()
    ratings = serializers.ListField(child=VerdictIn(), min_length=1, max_length=100)


class FeedbackOut(serializers.Serializer[Any]):
    """How many verdicts were recorded."""

    trace_id = serializers.UUIDField()
    recorded = serializers.IntegerField()
