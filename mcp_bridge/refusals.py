"""Errors as agents can use them: one sentence that says what is wrong and what to do next."""

from dataclasses import dataclass

import structlog
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout
from pydantic import ValidationError

from accounts.errors import GarnerError

log = structlog.get_logger(__name__)

_NEXT = {
    "unauthenticated": "Ask the person who runs this memory for a valid key.",
    "forbidden": "Do without it, or ask the person who runs this memory for a key with that right.",
    "not_found": "Recall or list memories to find the right id.",
    "unknown_trace": "Recall again and use the trace id of that answer.",
    "not_in_trace": "Use ids from that recall's own results.",
    "too_many": "Narrow the filter.",
    "conflict": "Recall that memory and use it, or change this one differently.",
    "version_moved": "Look at the memory again, then repeat the change with its current version.",
    "invalid": "Correct it and call again.",
    "bad_request": "Correct it and call again.",
    "too_large": "Split it into several memories.",
    "unavailable": "Wait a moment, then call again.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call has no result: a slug for programs, a sentence or two for the model."""

    code: str
    sentence: str


def refusal_of(error: Exception) -> Refusal:
    """The refusal for an exception; one that nobody foresaw is logged and told without its text."""
    if isinstance(error, GarnerError):
        return Refusal(error.code, f"{error.message} {_NEXT.get(error.code, '')}".strip())
    if isinstance(error, ValidationError):
        return Refusal("invalid", _arguments(error))
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        log.warning("database_unavailable", error=type(error).__name__)
        return Refusal("unavailable", "The memory's database does not answer. Wait a moment, then call again.")
    log.error("tool_failed", exc_info=error)
    return Refusal("internal", "The memory failed at this call. Go on without it, and tell the person who runs it.")


def _arguments(error: ValidationError) -> str:
    """What is wrong with the arguments, without repeating their values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    wrong = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}." for one in found[:3]]
    return f"The arguments do not fit. {' '.join(wrong)} Correct them and call again."
