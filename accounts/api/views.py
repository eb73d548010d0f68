"""The base of every /v1 view: parse strictly, call one service, render."""

from functools import cache, lru_cache
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.door import Caller


class MemoryView(APIView):
    """A view that needs a key; `scope`, or `scopes` by method, says which right."""

    @property
    def caller(self) -> Caller:
        """Who asks. The permission has made sure that there is one."""
        caller = self.request.auth
        if not isinstance(caller, Caller):
            raise RuntimeError("an open view has no caller")  # noqa: TRY004 (a bug of ours, not a type)
        return caller


def parsed(serializer: type[Serializer[Any]], source: Request | dict[str, Any]) -> dict[str, Any]:
    """The validated body (or mapping) as a plain dict; null counts as left out.

    Raises ValidationError, with the field's name, for anything that the serializer refuses.
    """
    data = source.data if isinstance(source, Request) else source
    if not isinstance(data, dict):
        raise ValidationError("The body must be a JSON object.", code="invalid")
    given = {name: value for name, value in data.items() if value is not None}
    return dict(_shared(serializer, _optional(serializer).intersection(given)).run_validation(given))


@cache
def _optional(serializer: type[Serializer[Any]]) -> frozenset[str]:
    """Fields that come to nothing where they are left out."""
    return frozenset(
        name for name, field in serializer().fields.items() if not field.required and field.default is empty
    )


@lru_cache(maxsize=500)  # of the usual requests; who sends all combinations waits for new ones
def _shared(serializer: type[Serializer[Any]], given: frozenset[str]) -> Serializer[Any]:
    """One instance for all requests with these optional fields, and without the others.

    Validating keeps no state, making the fields costs more than using them, and DRF raises an exception for each that
    is left out.
    """
    shared = serializer()
    for name in _optional(serializer) - given:
        del shared.fields[name]
    return shared
