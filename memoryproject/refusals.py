"""Errors outside the API's views: a bare page for a browser, JSON for a program. Neither tells any detail."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.encoding import escape_uri_path, iri_to_uri

from accounts.errors import OverQuota

_SENTENCES = {
    400: ("bad_request", "Bad request."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    408: ("too_slow", "The request took too long to arrive."),
    429: ("over_quota", "Too many requests."),
    500: ("internal", "Internal error."),
}

_FASTAPI = ("/v1/memories", "/store", "/retrieve", "/feedback", "/pending_feedback", "/grains")  # memex's, Flux's


def refusal(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    """The answer with this status; `sentence` instead of the usual words."""
    code, usual = _SENTENCES[status]
    sentence = sentence or usual
    if not wants_page(request):
        return JsonResponse({"error": sentence, "code": code, "field": None}, status=status)
    told = {"title": HTTPStatus(status).phrase, "sentence": sentence, "request_id": getattr(request, "id", "")}
    return render(request, "refusal.html", told, status=status)


def wants_page(request: HttpRequest) -> bool:
    """Whether a browser shows this to a person: it names HTML, and has no key."""
    return "text/html" in request.META.get("HTTP_ACCEPT", "") and "HTTP_AUTHORIZATION" not in request.META


def over_quota(request: HttpRequest, error: OverQuota) -> HttpResponse:
    """429, with the time to wait."""
    response = refusal(request, 429, error.message)
    response["Retry-After"] = str(error.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 of Django's own checks (a foreign Host, a malformed request)."""
    return refusal(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 of Django's own checks."""
    return refusal(request, 403)


def without_token(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of the check against forged requests; the reason is in the log."""
    return refusal(request, 403, "This form is out of date, or came from elsewhere: load its page again.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 outside DRF; 307, as FastAPI says it to clients of memex and Flux, where only a slash is too much."""
    bare = request.path_info.rstrip("/")
    if bare != request.path_info and bare.startswith(_FASTAPI) and is_valid_path(bare):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponse(
            status=307, headers={"Location": iri_to_uri(escape_uri_path(bare) + "?" * bool(query) + query)}
        )
    return refusal(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; the log has it under the request's id."""
    return refusal(request, 500)
