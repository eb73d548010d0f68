"""The one handler that makes JSON of every error: {"error": sentence, "code": slug, "field": name or null}."""

from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.api.details import detailed
from accounts.errors import GarnerError, NotFound, StorageFull, Unavailable
from accounts.storage import disk_is_full
from embedding.errors import BatchFull, EmbeddingError

log = structlog.get_logger(__name__)

# Values that have the right type and are refused all the same are 400, wrong types are 422 (memoryOSS's dialect).
_VALUE_CODES = {
    "blank",
    "empty",
    "max_length",
    "min_length",
    "max_bytes",
    "max_value",
    "min_value",
    "surrogate_characters_not_allowed",
    "null_characters_not_allowed",
    "bad_text",
    "bad_vector",
}
_SLUGS = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    422: "invalid",
    429: "over_quota",
}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unknown exceptions stay exceptions: they are our bugs, not the caller's.

    Views of the other dialects (`error_component = "Detail"`) answer with FastAPI's shape.
    """
    response = _answer(error, context)
    if response is not None and getattr(context["view"], "error_component", "Error") == "Detail":
        return detailed(error, response, context)
    return response


def _answer(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, exceptions.ValidationError):
        return _validation(error)
    if isinstance(error, exceptions.APIException):
        return _framework(error, context)
    known = _as_ours(error)
    if known is None:
        log.error("unexpected", error=type(error).__name__)
    return _domain(known) if known else None


def _as_ours(error: Exception) -> GarnerError | None:
    """The error as one of ours, or None for a bug."""
    if isinstance(error, GarnerError):
        return error
    if isinstance(error, Http404):
        return NotFound("There is nothing at this address.")
    return _of_a_part(error)


def _of_a_part(error: Exception) -> GarnerError | None:
    """What a failing part means for the caller; None when no part of ours has failed."""
    if isinstance(error, BatchFull):
        return Unavailable("Too many texts wait to be embedded; try again in a moment.")
    if isinstance(error, EmbeddingError):
        log.error("embedding_failed", error=str(error))
        return Unavailable("The embedding model does not answer; try again in a moment.")
    if disk_is_full(error):
        log.error("disk_full")
        return StorageFull("The database's disk is full: memories can be read, not written.")
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        log.warning("database_unavailable", error=type(error).__name__)
        return Unavailable("The database does not answer; try again in a moment.")
    return None


def _framework(error: exceptions.APIException, context: dict[str, Any]) -> Response:
    response = _body(error.status_code, str(error.detail), _SLUGS.get(error.status_code, "bad_request"))
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _domain(error: GarnerError) -> Response:
    response = _body(error.status, error.message, error.code, error.field)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="garner"'
    if (wait := getattr(error, "retry_after", None)) is not None:
        response["Retry-After"] = str(wait)
        if error.status == 429:
            response.data["retry_after_ms"] = 1000 * wait  # memoryOSS's clients read it
    return response


def _validation(error: exceptions.ValidationError) -> Response:
    field, detail = _first(error.detail)
    status = 400 if detail.code in _VALUE_CODES else 422
    sentence = f"{field}: {detail}" if field else str(detail)
    return _body(status, sentence, str(detail.code or "invalid"), field)


def _first(detail: Any, path: str = "") -> tuple[str | None, exceptions.ErrorDetail]:
    """The first error of DRF's nested detail, with its path (`memories.3.content`)."""
    if isinstance(detail, dict):
        key, inner = next(iter(detail.items()))
        return _first(inner, path if key == "non_field_errors" else f"{path}.{key}".strip("."))
    if isinstance(detail, list):
        at = next(i for i, item in enumerate(detail) if item)
        nested = isinstance(detail[at], dict | list)
        return _first(detail[at], f"{path}.{at}".strip(".") if nested else path)
    return path or None, detail


def _body(status: int, sentence: str, code: str, field: str | None = None) -> Response:
    return Response({"error": sentence, "code": code, "field": field}, status=status)
