"""POST /v1/auth/token: a key for a token, as memoryOSS's SDK does it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.fields import Text
from accounts.api.views import parsed
from accounts.attempts import attempt_spend
from accounts.services.tokens import LIFETIME, token_issue


class TokenIn(serializers.Serializer[Any]):
    """A key."""

    api_key = Text(max_length=512)


class TokenOut(serializers.Serializer[Any]):
    """A token, and for how many seconds it is good."""

    token = serializers.CharField()
    expires_in = serializers.IntegerField()


class TokenView(APIView):
    """Exchange a key for a token."""

    is_open = True
    authentication_classes = ()

    @extend_schema(auth=[], request=TokenIn, responses=TokenOut)
    def post(self, request: Request) -> Response:
        """A JWT (HS256) that is good for an hour and no longer than its key."""
        secret = parsed(TokenIn, request)["api_key"]
        asked: HttpRequest = request._request  # noqa: SLF001 (DRF's own way to Django's request)
        attempt_spend(asked, what="exchanging keys", per_minute=settings.TOKENS_PER_MINUTE)
        return Response({"token": token_issue(secret=secret), "expires_in": int(LIFETIME.total_seconds())})
