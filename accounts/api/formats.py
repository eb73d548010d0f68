"""JSON in and out. orjson is strict where it matters: no NaN, no lone surrogates, bounded depth."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from accounts.errors import TooLarge


class JsonParser(BaseParser):
    """Reads at most BODY_LIMIT bytes of strict JSON, in UTF-8."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The document. Raises TooLarge or ParseError."""
        limit = settings.BODY_LIMIT
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"The body is over {limit // 1024} KiB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error


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
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY)
