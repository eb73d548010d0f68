"""JSON in and out. orjson is strict where it matters: no NaN, no lone surrogates, bounded depth."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from csp.constants import UNSAFE_INLINE
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.request import Request

from accounts.errors import GarnerError, TooLarge


class JsonParser(BaseParser):
    """Reads at most BODY_LIMIT bytes of strict JSON, in UTF-8."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The document. Raises TooLarge, ParseError or, for a compressed body, UnsupportedMediaType.

        Nothing is unpacked: a few bytes could become more than the memory holds.
        """
        encoding = (parser_context or {})["request"].META.get("HTTP_CONTENT_ENCODING", "identity")
        if encoding.strip().lower() not in {"", "identity"}:
            raise UnsupportedMediaType(encoding, detail="Send the body without a Content-Encoding.")
        limit = settings.BODY_LIMIT
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is over {limit // 1024} KiB.")
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        if body.count(b"[") + body.count(b"{") > DEPTH and _is_deeper(document, DEPTH):
            raise ParseError(f"The body is nested deeper than {DEPTH} levels.")
        return document


DEPTH = 100  # levels of a body; orjson writes no more than 254, and an error may quote a part of the body


def _is_deeper(document: Any, levels: int) -> bool:
    """Whether lists and objects stand inside each other more than `levels` deep; level by level, without recursion."""
    level = [document]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return False
    return True


class JsonRenderer(BaseRenderer):
    """Writes UTF-8 JSON; moments as RFC 3339 in UTC."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of `data`; nothing for None."""
        return b"" if data is None else json_bytes(data)


def json_bytes(data: Any, option: int = 0) -> bytes:
    """UTF-8 JSON. Whole numbers over 64 bits, which PostgreSQL makes of a metadata's 6.022e23, become floats again."""
    option |= orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY
    try:
        return orjson.dumps(data, option=option)
    except TypeError:
        return orjson.dumps(_with_floats(data), option=option)


def _with_floats(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _with_floats(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_with_floats(value) for value in data]
    return float(data) if isinstance(data, int) and data.bit_length() > 63 else data


class BrowsableRenderer(BrowsableAPIRenderer):
    """The same answers as pages for people, with forms for what the signed-in person may do."""

    def get_content(self, renderer: Any, data: Any, accepted_media_type: Any, renderer_context: Any) -> str:
        """The JSON, indented for reading."""
        return "" if data is None else json_bytes(data, orjson.OPT_INDENT_2).decode()

    def show_form_for_method(self, view: Any, method: str, request: Request, obj: Any) -> bool:
        """Whether the method exists here and the person has its scope."""
        try:
            return bool(super().show_form_for_method(view, method, request, obj))
        except GarnerError:
            return False

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """The method's button, or None for a person without its scope."""
        try:
            return super().get_rendered_html_form(data, view, method, request)
        except GarnerError:
            return None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """The page; DRF's template styles elements in place, which django-csp is told here."""
        renderer_context["response"]._csp_update = {"style-src": [UNSAFE_INLINE]}  # noqa: SLF001 (what its decorators set)
        _as_nobody(renderer_context["request"])
        return super().render(data, accepted_media_type, renderer_context)


def _as_nobody(request: Request) -> None:
    """Who was refused is nobody to the page, which else asks again and fails. DRF does this for errors of its own."""
    try:
        request.user  # noqa: B018 (asks)
    except (GarnerError, Error):
        request.user, request.auth = AnonymousUser(), None


class JsonFirst(DefaultContentNegotiation):
    """JSON for programs, pages for browsers unless GARNER_BROWSABLE_API is off.

    What programs send is decided by comparing strings, before any parsing.
    """

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """(renderer, media type). Raises NotAcceptable."""
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        first = renderers[0]
        if accept in {"*/*", first.media_type}:
            return first, first.media_type
        if settings.BROWSABLE_API == "off":
            renderers = [one for one in renderers if not isinstance(one, BrowsableAPIRenderer)]
        return super().select_renderer(request, renderers, format_suffix)
