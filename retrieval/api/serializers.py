"""Shapes of recall and feedback (memoryOSS's dialect, /v1)."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Flag, Identity, Moment, Number, Text, Whole
from grains.api.serializers import FilterIn, MemoryOut, VectorField
from retrieval.profiles import Profile

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
    cursor = Text(required=False, help_text="The next_cursor of a page: the next one follows, whatever else is sent.")
    include_embeddings = Flag(required=False, help_text="Add each memory's vector.")


class ResultOut(serializers.Serializer[Any]):
    """One memory with its score (0 to 1, absolute) and the channels that found it."""

    memory = MemoryOut()
    score = serializers.FloatField()
    provenance = serializers.ListField(child=serializers.CharField())
    trust_score = serializers.FloatField()
    low_trust = serializers.BooleanField()


class RecallOut(serializers.Serializer[Any]):
    """The ranking, the decision whether it is worth injecting, and the receipt for feedback."""

    trace_id = serializers.UUIDField()
    decision = serializers.ChoiceField(["inject", "abstain", "need_more_evidence"])
    reasons = serializers.ListField(child=serializers.CharField())
    memories = ResultOut(many=True)
    next_cursor = serializers.CharField(required=False)


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
