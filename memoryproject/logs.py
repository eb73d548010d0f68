"""Structured logs on stderr: one JSON object a line, with the request's id where there is one."""

import logging
import logging.config
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# At DEBUG these would write what a page shows, parameters of statements and whole messages: memories and secrets.
_TALKATIVE = ("django.template", "django.db.backends", "mcp", "redis", "httpcore2", "asyncio", "amqp", "kombu")


class WithoutAddress(logging.Filter):
    """Django's own lines about a request tell its route, not its address: that may hold a one-time link, or text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True: every line stays, with another last argument, and without a traceback when the request was at fault."""
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple) and record.args:
            match = getattr(request, "resolver_match", None)
            record.args = (*record.args[:-1], match.route if match else "unmatched")
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True


def logging_config(*, level: str, as_json: bool) -> None:
    """Send structlog's and the standard library's records through one formatter to stderr."""
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    handler.addFilter(WithoutAddress())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.INFO))
    logging.getLogger("httpx2").setLevel("WARNING")
    logging.getLogger("axes").setLevel("WARNING")  # else several lines for every sign-in
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
