"""The Idempotency-Key header on views that write."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import idempotency

P = ParamSpec("P")
Handler = Callable[Concatenate[Any, Request, P], Response]


def idempotent(method: Handler[P]) -> Handler[P]:
    """A view's method that does a request with an Idempotency-Key once, and answers its repeats alike."""

    @wraps(method)
    def once(view: Any, request: Request, *args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return method(view, request, *args, **kwargs)
        first: list[Response] = []

        def work() -> idempotency.Answer:
            first[:] = [method(view, request, *args, **kwargs)]
            return idempotency.Answer(first[0].status_code, first[0].data, str(first[0].headers.get("ETag", "")))

        route = f"{request.method} {request.get_full_path()}"[:255]
        asked = idempotency.Request(key, route, request.data)
        answer, repeated = idempotency.answered_once(caller=view.caller, request=asked, work=work)
        return _replayed(answer) if repeated else first[0]

    return cast("Handler[P]", once)


def _replayed(answer: idempotency.Answer) -> Response:
    headers = {"Idempotent-Replayed": "true", **({"ETag": answer.etag} if answer.etag else {})}
    return Response(answer.data, status=answer.status, headers=headers)
