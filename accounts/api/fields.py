"""Serializer fields that do not guess: a number is not text, text is not a number, a moment has a zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


def only_known(serializer: serializers.Serializer[Any], data: Mapping[str, Any], *, otherwise: str) -> None:
    """Raise ValidationError for the first field that a serializer has not; `otherwise` says what has not been done."""
    if unknown := sorted(set(data) - set(serializer.fields)):
        raise serializers.ValidationError({unknown[0]: [f"There is no such field; {otherwise}."]})


class Text(serializers.CharField):
    """A JSON string and nothing else; stripped only by the service that stores it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        """The string, or a validation error."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Number(serializers.FloatField):
    """A JSON number: not a string, not a boolean."""

    def to_internal_value(self, data: Any) -> float:
        """The number, or a validation error."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return float(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A JSON whole number: not a string, not a boolean, not 1.5."""

    def to_internal_value(self, data: Any) -> int:
        """The number, or a validation error."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class Identity(serializers.UUIDField):
    """A UUID as text: not the number that it also is."""

    def to_internal_value(self, data: Any) -> UUID:
        """The UUID, or a validation error."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false: not "yes", not 1."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag, or a validation error."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime, str, str, Any]):
    """RFC 3339; without an offset it is UTC. A date alone is its first moment."""

    default_error_messages = {"invalid": "Not a date and time (RFC 3339)."}

    def to_internal_value(self, data: Any) -> datetime:
        """An aware moment in UTC, or a validation error."""
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            moment = parse_datetime(data) or datetime.fromisoformat(data)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")

    def to_representation(self, value: datetime) -> str:
        """RFC 3339 in UTC."""
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
