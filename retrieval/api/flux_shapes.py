"""Shapes of Flux's REST, in and out."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import Flag, Moment, Number, Text
from grains import limits
from grains.models import Provenance, Status

FEATURES, FEATURE_CHARS = 50, 256  # key words that a client extracted: as many and as long as tags


class NamedIn(serializers.Serializer[Any]):
    """Who asks, for clients that say it in the body; the headers go before."""

    caller_id = Text(required=False, allow_blank=True)
    client = Text(required=False, allow_blank=True)
    role = Text(required=False, allow_blank=True)


class GrainIn(serializers.Serializer[Any]):
    """A fact to store."""

    content = Text()
    provenance = serializers.ChoiceField(Provenance.choices, required=False)
    features = serializers.ListField(
        child=Text(max_length=FEATURE_CHARS), required=False, max_length=FEATURES, help_text="Key words of the fact."
    )


class FluxStoreIn(GrainIn, NamedIn):
    """A fact to store, and who says it."""


class FluxStoredOut(serializers.Serializer[Any]):
    """Where it is: stored_wired, or duplicate when it was there."""

    grain_id = serializers.UUIDField()
    status = serializers.ChoiceField(["stored_wired", "duplicate"])


class FluxBatchIn(NamedIn):
    """Facts to store, all or none."""

    items = serializers.ListField(child=GrainIn(), min_length=1, max_length=limits.BATCH)


class FluxBatchOut(serializers.Serializer[Any]):
    """Where they are, in order."""

    grain_ids = serializers.ListField(child=serializers.UUIDField())
    count = serializers.IntegerField()


class RetrieveIn(NamedIn):
    """A question."""

    query = Text(allow_blank=True)


class FluxGrainOut(serializers.Serializer[Any]):
    """A grain that was retrieved."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    provenance = serializers.CharField()
    decay_class = serializers.CharField()
    score = serializers.FloatField()
    confidence = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment]  # the field is named so


class RetrieveOut(serializers.Serializer[Any]):
    """The ranking and its receipt; without a question no receipt."""

    grains = FluxGrainOut(many=True)
    trace_id = serializers.UUIDField(allow_null=True)
    confidence = serializers.FloatField()
    fallback_triggered = serializers.BooleanField()
    hop_count = serializers.IntegerField()
    features = serializers.ListField(child=serializers.CharField())
    expansion_candidates = FluxGrainOut(many=True)


class RatingIn(serializers.Serializer[Any]):
    """Whether a retrieved grain helped. Unknown ids are skipped, so any text is one."""

    trace_id = Text()
    grain_id = Text()
    useful = Flag()
    strength = Number(required=False, min_value=0, max_value=1)


class FluxFeedbackIn(RatingIn, NamedIn):
    """A rating, and who says it."""


class FluxFeedbackOut(serializers.Serializer[Any]):
    """What the rating did: reinforced, penalized or skipped, and how much it weighs."""

    status = serializers.CharField()
    trace_id = serializers.CharField()
    grain_id = serializers.CharField()
    action = serializers.ChoiceField(["reinforced", "penalized", "skipped"])
    signal = serializers.FloatField()


class FeedbackBatchIn(NamedIn):
    """Ratings."""

    items = serializers.ListField(child=RatingIn(), min_length=1, max_length=limits.BATCH)


class FeedbackBatchItemOut(serializers.Serializer[Any]):
    """What one rating weighs."""

    trace_id = serializers.CharField()
    grain_id = serializers.CharField()
    action = serializers.CharField()
    signal = serializers.FloatField()


class FeedbackBatchOut(serializers.Serializer[Any]):
    """One answer a rating, in order."""

    status = serializers.CharField()
    count = serializers.IntegerField()
    results = FeedbackBatchItemOut(many=True)


class PendingIn(serializers.Serializer[Any]):
    """Whose recalls: the asking caller's unless one is named."""

    target_caller_id = Text(required=False, allow_blank=True)


class PendingTraceOut(serializers.Serializer[Any]):
    """A retrieval that waits for ratings."""

    trace_id = serializers.UUIDField()
    expected = serializers.IntegerField()
    received = serializers.IntegerField()
    missing = serializers.IntegerField()
    age_seconds = serializers.FloatField()
    grain_ids = serializers.ListField(child=serializers.UUIDField())
    pending_grain_ids = serializers.ListField(child=serializers.UUIDField())


class PendingOut(serializers.Serializer[Any]):
    """All that wait, of one caller."""

    caller_id = serializers.CharField()
    pending_traces = PendingTraceOut(many=True)
    expected = serializers.IntegerField()
    received = serializers.IntegerField()
    missing = serializers.IntegerField()


class GrainsIn(serializers.Serializer[Any]):
    """Which grains are listed."""

    status = serializers.ChoiceField(Status.choices, required=False)
    limit = serializers.IntegerField(required=False, min_value=-1, help_text=f"At most {limits.PAGE}; -1 asks for it.")


class SnippetOut(serializers.Serializer[Any]):
    """A grain of a listing."""

    id = serializers.UUIDField()
    content_snippet = serializers.CharField()
    status = serializers.CharField()
    provenance = serializers.CharField()
    created_at = Moment()


class GrainsOut(serializers.Serializer[Any]):
    """A listing, newest first."""

    grains = SnippetOut(many=True)
