"""Shapes of the memory API (memoryOSS's dialect, /v1), in and out."""

import math
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.api.fields import Flag, Identity, Moment, Number, Text, Whole, only_known
from grains import limits
from grains.filters import ALL, ANY
from grains.models import DIMENSION, MemoryType, Provenance


class VectorField(serializers.ListField):
    """An embedding: as many finite numbers as the model has dimensions, not all zero; comes out with length 1."""

    child = Number()

    def to_internal_value(self, data: Any) -> list[float]:
        """The unit vector, or a validation error (400: memoryOSS's status for it)."""
        vector = super().to_internal_value(data)
        if len(vector) != DIMENSION:
            sentence = f"embedding dimension mismatch: got {len(vector)}, expected {DIMENSION}"
            raise serializers.ValidationError(sentence, code="bad_vector")
        length = math.hypot(*vector)
        if not math.isfinite(length) or length < TINY:
            raise serializers.ValidationError("An embedding has finite numbers, not all zero.", code="bad_vector")
        return [number / length for number in vector]


TINY = 1e-9  # a shorter vector has no direction


TAGS_MODES = [(ANY, ANY), (ALL, ALL)]


class FilterIn(serializers.Serializer[Any]):
    """Conditions on memories: AND across fields, any of `tags` unless tags_mode says all."""

    agent = Text(required=False, allow_blank=True)
    user = Text(required=False, allow_blank=True)
    author = Text(required=False, allow_blank=True)
    session = Text(required=False, allow_blank=True)
    tags = serializers.ListField(child=Text(), required=False, max_length=limits.TAGS)
    tags_mode = serializers.ChoiceField(TAGS_MODES, required=False, help_text="How `tags` count: any, or all.")
    memory_type = serializers.ChoiceField(MemoryType.choices, required=False)
    metadata = serializers.DictField(required=False)
    before = Moment(required=False, help_text="Stored before this moment.")
    after = Moment(required=False, help_text="Stored after this moment.")


class StoreIn(serializers.Serializer[Any]):
    """A memory to store."""

    content = Text(help_text=f"1 byte to {limits.CONTENT_BYTES // 1024} KiB of text.")
    namespace = Text(required=False)
    agent = Text(required=False, allow_blank=True)
    user = Text(required=False, allow_blank=True)
    author = Text(required=False, allow_blank=True, help_text="Who said or wrote it.")
    session = Text(
        required=False,
        allow_blank=True,
        help_text="The conversation it belongs to; order of storing is order of turns.",
    )
    tags = serializers.ListField(child=Text(), required=False)
    memory_type = serializers.ChoiceField(MemoryType.choices, required=False)
    importance = Number(required=False, min_value=0, max_value=2)
    provenance = serializers.ChoiceField(Provenance.choices, required=False)
    confidence = Number(required=False, min_value=0, max_value=1)
    metadata = serializers.DictField(required=False)
    occurred_at = Moment(required=False)
    valid_from = Moment(required=False)
    valid_to = Moment(required=False)
    review_by = Moment(required=False, help_text="Stale from then on, unless it is verified in time.")
    zero_knowledge = Flag(required=False, help_text="content is your ciphertext: it is found by `embedding` alone.")
    embedding = VectorField(required=False, help_text="Used with zero_knowledge; else Garner makes its own.")

    def to_internal_value(self, data: Any) -> Any:
        """null counts as left out, in a batch too."""
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class StoredOut(serializers.Serializer[Any]):
    """Where a memory is; `duplicate` when it was there already."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    duplicate = serializers.BooleanField(required=False)


class BatchIn(serializers.Serializer[Any]):
    """Memories to store, all or none."""

    memories = serializers.ListField(child=StoreIn(), min_length=1, max_length=limits.BATCH)


class BatchOut(serializers.Serializer[Any]):
    """One answer for each memory, in order."""

    stored = StoredOut(many=True)


class UpdateIn(serializers.Serializer[Any]):
    """What to change; what is left out stays. Tags and metadata replace."""

    id = Identity()
    namespace = Text(required=False)
    content = Text(required=False)
    embedding = VectorField(required=False, help_text="Of new ciphertext, which needs one; of nothing else.")
    tags = serializers.ListField(child=Text(), required=False)
    memory_type = serializers.ChoiceField(MemoryType.choices, required=False)
    importance = Number(required=False, min_value=0, max_value=2)
    metadata = serializers.DictField(required=False)
    valid_from = Moment(required=False)
    valid_to = Moment(required=False)
    review_by = Moment(required=False, help_text="Stale from then on, unless it is verified in time.")
    if_version = Whole(required=False, min_value=1, help_text="Refuse (412) unless this is the current version.")


class UpdatedOut(serializers.Serializer[Any]):
    """The new version."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    updated_at = Moment()


class ForgetIn(FilterIn):
    """What to forget: ids, or at least one condition. A field that is not known is refused, not ignored."""

    ids = serializers.ListField(child=Identity(), required=False)
    namespace = Text(required=False)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown and blank fields: a filter that says nothing must not widen a deletion."""
        only_known(self, data, otherwise="nothing was forgotten")
        blank = sorted(name for name, value in data.items() if isinstance(value, str) and not value.strip())
        if blank:
            sentence = "A filter must not be blank; nothing was forgotten."
            raise serializers.ValidationError({blank[0]: [sentence]}, code="empty_filter")
        return super().to_internal_value(data)


class ForgottenOut(serializers.Serializer[Any]):
    """How many memories are gone."""

    deleted = serializers.IntegerField()


class RestoreIn(serializers.Serializer[Any]):
    """What to bring back."""

    ids = serializers.ListField(child=Identity(), max_length=limits.BATCH)
    namespace = Text(required=False)


class RestoredOut(serializers.Serializer[Any]):
    """How many memories had been put away and are active again."""

    restored = serializers.IntegerField()


class PinIn(serializers.Serializer[Any]):
    """Which memories, and whether automatic changes are to leave them alone."""

    ids = serializers.ListField(child=Identity(), min_length=1, max_length=limits.BATCH)
    pinned = Flag(required=False, help_text="false takes the pin out; true unless given.")
    namespace = Text(required=False)


class PinnedOut(serializers.Serializer[Any]):
    """How many memories were not so before."""

    pinned = serializers.BooleanField()
    changed = serializers.IntegerField()


class MemoryOut(serializers.Serializer[Any]):
    """A memory as the API shows it (rendered by grains/api/render.py)."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    agent = serializers.CharField(allow_null=True)
    user = serializers.CharField(allow_null=True)
    author = serializers.CharField(allow_null=True)
    session = serializers.CharField(allow_null=True)
    namespace = serializers.CharField()
    memory_type = serializers.CharField()
    status = serializers.CharField()
    version = serializers.IntegerField()
    importance = serializers.FloatField()
    provenance = serializers.CharField()
    confidence = serializers.FloatField()
    metadata = serializers.DictField()
    occurred_at = Moment(allow_null=True)
    valid_from = Moment(allow_null=True)
    valid_to = Moment(allow_null=True)
    review_by = Moment(allow_null=True)
    created_at = Moment()
    updated_at = Moment()
    archived = serializers.BooleanField()


class InspectOut(MemoryOut):
    """A memory with its inner life."""

    has_embedding = serializers.BooleanField()
    passages = serializers.IntegerField()
    versions = serializers.IntegerField()
    evidence_count = serializers.IntegerField()
    last_verified_at = Moment(allow_null=True)
    superseded_by = serializers.UUIDField(allow_null=True)
    zero_knowledge = serializers.BooleanField()
    pinned = serializers.BooleanField(help_text="Automatic changes leave it alone.")
    core = serializers.BooleanField(help_text="It proved useful broadly: what leads to it fades slowly.")
    age_hours = serializers.FloatField()


class PeekOut(serializers.Serializer[Any]):
    """What a memory is about, without its content but for the beginning."""

    id = serializers.UUIDField()
    agent = serializers.CharField(allow_null=True)
    session = serializers.CharField(allow_null=True)
    namespace = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    memory_type = serializers.CharField()
    status = serializers.CharField()
    version = serializers.IntegerField()
    created_at = Moment()
    updated_at = Moment()
    content_bytes = serializers.IntegerField()
    preview = serializers.CharField()


class JudgeIn(serializers.Serializer[Any]):
    """What is said of a memory: that it is right, wrong, or followed by another."""

    id = Identity()
    namespace = Text(required=False)
    action = serializers.ChoiceField(["confirm", "reject", "supersede"])
    superseded_by = Identity(required=False)


class JudgedOut(serializers.Serializer[Any]):
    """The memory as it stands afterwards."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    confidence = serializers.FloatField()
    evidence_count = serializers.IntegerField()
    last_verified_at = Moment(required=False)
    superseded_by = serializers.UUIDField(required=False)


class ListIn(serializers.Serializer[Any]):
    """Query parameters of a listing."""

    namespace = Text(required=False)
    agent = Text(required=False)
    user = Text(required=False)
    author = Text(required=False)
    session = Text(required=False)
    memory_type = serializers.ChoiceField(MemoryType.choices, required=False)
    tags = Text(required=False, help_text="Comma-separated.")
    tags_mode = serializers.ChoiceField(TAGS_MODES, required=False, help_text="How `tags` count: any, or all.")
    before = Moment(required=False)
    after = Moment(required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=limits.PAGE)
    cursor = Identity(required=False)


class ListOut(serializers.Serializer[Any]):
    """A page of memories, newest first."""

    namespace = serializers.CharField()
    agent = serializers.CharField(allow_null=True)
    session = serializers.CharField(allow_null=True)
    count = serializers.IntegerField()
    total = serializers.IntegerField()
    memories = MemoryOut(many=True)
    next_cursor = serializers.UUIDField(required=False)
