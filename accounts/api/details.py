"""Errors as FastAPI says them, for clients of memex and Flux: {"detail": a sentence, or a list of faults}."""

from collections.abc import Iterator
from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response

from accounts.errors import GarnerError

SHOWN = 200  # characters of a refused value that are sent back
# pydantic's name of a fault, by DRF's code for it.
_TYPES = {
    "required": "missing",
    "blank": "string_too_short",
    "min_length": "too_short",
    "max_length": "string_too_long",
    "min_value": "greater_than_equal",
    "max_value": "less_than_equal",
    "invalid_choice": "literal_error",
    "not_a_list": "list_type",
    "null_characters_not_allowed": "string_unicode",
    "surrogate_characters_not_allowed": "string_unicode",
}
# pydantic's name of a wrong type, and of a list that is too long, by what DRF and our fields say of it.
_KINDS = {
    "Not a valid string.": "string_type",
    "A valid number is required.": "float_type",
    "A valid integer is required.": "int_type",
    "Must be a valid boolean.": "bool_type",
    "The body must be a JSON object.": "model_attributes_type",
}
_IN_QUERY = ("GET", "DELETE")


def detailed(error: Exception, response: Response, context: dict[str, Any]) -> Response:
    """The same answer with FastAPI's body: faults of the request are 422 with a list of their places."""
    if isinstance(error, exceptions.ParseError):
        fault = {"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error", "input": {}}
        return _again(response, [fault], 422)
    if isinstance(error, exceptions.ValidationError):
        return _again(response, list(_faults(error.detail, (), context)), 422)
    if isinstance(error, GarnerError) and error.status in (400, 422) and error.field:
        return _again(response, [_fault("value_error", error.message, _path(error.field, context), context)], 422)
    return _again(response, response.data["error"], response.status_code)


def _again(response: Response, detail: Any, status: int) -> Response:
    response.data, response.status_code = {"detail": detail}, status
    return response


def _faults(detail: Any, path: tuple[str | int, ...], context: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _faults(inner, path if name == "non_field_errors" else (*path, name), context)
    elif isinstance(detail, list):
        for at, inner in enumerate(detail):
            yield from _faults(inner, (*path, at) if isinstance(inner, dict | list) else path, context)
    else:
        kind = _KINDS.get(str(detail)) or _TYPES.get(detail.code, detail.code or "value_error")
        if detail.code == "max_length" and isinstance(_input(kind, path, context), list):
            kind = "too_long"
        yield _fault(kind, "Field required" if kind == "missing" else str(detail), path, context)


def _fault(kind: str, message: str, path: tuple[str | int, ...], context: dict[str, Any]) -> dict[str, Any]:
    place = "query" if context["request"].method in _IN_QUERY else "body"
    where = context["view"].kwargs
    loc = ["path", *path] if path and path[0] in where else [place, *path]
    return {"type": kind, "loc": loc, "msg": message, "input": _input(kind, path, context)}


def _input(kind: str, path: tuple[str | int, ...], context: dict[str, Any]) -> Any:
    """What stood there; for a missing field what stood around it."""
    request = context["request"]
    if path and path[0] in context["view"].kwargs:
        return context["view"].kwargs[path[0]]
    found: Any = request.query_params.dict() if request.method in _IN_QUERY else request.data
    for step in path[:-1] if kind == "missing" else path:
        inside = isinstance(found, dict) and step in found
        listed = isinstance(found, list) and isinstance(step, int) and step < len(found)
        if not inside and not listed:
            return None
        found = found[step]
    return found[:SHOWN] if isinstance(found, str) else found


def _path(field: str, context: dict[str, Any]) -> tuple[str | int, ...]:
    """A field's dotted name as a path, in the view's own words."""
    words = getattr(context["view"], "field_names", {})
    return tuple(int(step) if step.isdecimal() else words.get(step, step) for step in field.split("."))
