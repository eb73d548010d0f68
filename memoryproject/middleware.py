"""Around every request its id, its time, its line in log and metrics; around those of people also their session."""

import time
from collections.abc import Callable
from typing import cast
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django_otp.middleware import OTPMiddleware

from accounts.people.sessions import SessionStore
from memoryproject.metrics import REQUEST_SECONDS

log = structlog.get_logger("garner.request")


class RequestLog:
    """Binds the request's id to all that is logged while it runs; answers with it as X-Request-Id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        seconds = settings.SECURE_HSTS_SECONDS
        self.strict_transport = f"max-age={seconds}" if seconds else ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request and account for it."""
        started = time.perf_counter()
        request_id = _clean(request.headers.get("X-Request-Id", "")) or uuid4().hex
        request.id = request_id  # type: ignore[attr-defined]  # the error pages show it
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        REQUEST_SECONDS.labels(request.method or "", route, str(response.status_code)).observe(seconds)
        response.headers["X-Request-Id"] = request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        if self.strict_transport:
            response.headers["Strict-Transport-Security"] = self.strict_transport
        if response.status_code >= 500 or seconds > SLOW_SECONDS:
            log.warning("request", route=route, status=response.status_code, ms=round(1000 * seconds, 1))
        else:
            log.debug("request", route=route, status=response.status_code, ms=round(1000 * seconds, 1))
        return response


SLOW_SECONDS = 2.0  # slower requests are logged even when they succeed


def _clean(value: str) -> str:
    """A client's request id if it is short and plain; else nothing, so that it cannot forge log lines."""
    return value if len(value) <= 64 and value.replace("-", "").isalnum() and value.isascii() else ""


class People:
    """Sessions, CSRF and users, only for requests that can have a session: one with a key pays for none of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        signed_in = AuthenticationMiddleware(OTPMiddleware(MessageMiddleware(self._serve)))
        self.with_session = SessionMiddleware(CsrfViewMiddleware(signed_in))
        self.cookie = f"{settings.SESSION_COOKIE_NAME}="

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, with the session's user where there may be one."""
        has_cookie = "HTTP_AUTHORIZATION" not in request.META and self.cookie in request.META.get("HTTP_COOKIE", "")
        if has_cookie or request.path_info.startswith(settings.PEOPLE_PATHS):
            return cast("HttpResponse", self.with_session(request))
        return self.get_response(request)

    def _serve(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = cast("SessionStore", request.session)
        if session.accessed:
            session.seen()
        return response
