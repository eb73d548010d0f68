"""The base of every /v1 view: parse strictly, call one service, render."""

from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError
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
    return dict(_shared(serializer).run_validation(given))


@cache
def _shared(serializer: type[Serializer[Any]]) -> Serializer[Any]:
    """One instance for all requests: validating keeps no state, and making the fields costs more than using them."""
    return serializer()
