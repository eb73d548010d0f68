"""Endpoints of the instance: health and metrics."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg_pool import PoolTimeout
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import ApiKeyAuthentication
from accounts.api.formats import JsonRenderer
from accounts.api.views import MemoryView
from accounts.door import Caller
from accounts.errors import GarnerError
from learning.api.health import namespace_health
from memoryproject import __version__
from memoryproject.metrics import exposition
from retrieval.api.health import HealthOut


class RootOut(serializers.Serializer[Any]):
    """What is here, in the words of memex and Flux."""

    name = serializers.CharField()
    service = serializers.CharField()
    version = serializers.CharField()
    health = serializers.CharField()
    docs = serializers.CharField()
    endpoints = serializers.DictField(child=serializers.CharField())


class RootView(APIView):
    """What is here."""

    is_open = True
    authentication_classes = ()

    @extend_schema(auth=[], responses=RootOut)
    def get(self, request: Request) -> Response:
        """Name and version, and where to go on."""
        own = {"name": "Garner", "service": "garner", "version": __version__, "health": "/health", "docs": "/docs"}
        return Response({**own, "endpoints": ENDPOINTS})


# Flux's clients read these from there.
ENDPOINTS = {
    "store": "/store",
    "store_batch": "/store/batch",
    "retrieve": "/retrieve",
    "feedback": "/feedback",
    "grains": "/grains",
}


class HealthView(APIView):
    """Is the instance able to serve? With a key also: how does its namespace do?"""

    is_open = True
    authentication_classes = (ApiKeyAuthentication,)

    @extend_schema(responses=HealthOut)
    def get(self, request: Request) -> Response:
        """ok, or 503 when the database does not answer. With a key, the fields of the three seeds' health."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (DatabaseError, PoolTimeout):
            return Response({"status": "degraded", "db": "unavailable", "version": __version__}, status=503)
        caller = self._holder(request)
        own = namespace_health(caller=caller) if caller else {}
        return Response({**own, "status": "ok", "db": "ok", "version": __version__})

    def perform_authentication(self, request: Request) -> None:
        """Not before `get`: neither a bad key nor a database that is down turns a probe away."""

    def _holder(self, request: Request) -> Caller | None:
        try:
            return request.auth if isinstance(request.auth, Caller) else None
        except GarnerError:
            return None


class PlainText(BaseRenderer):
    """Prometheus' text: what a scraper that takes nothing else may ask for."""

    media_type = "text/plain"
    format = "txt"
    charset = None

    def render(self, data: Any, *args: object, **kwargs: object) -> bytes:
        """An error, which is all that comes here, as a line."""
        return str(data.get("error", "")).encode()


class MetricsView(MemoryView):
    """Prometheus metrics of all processes of the instance. Any key reads them; GARNER_METRICS_OPEN drops the key."""

    renderer_classes = (JsonRenderer, PlainText)

    @property
    def is_open(self) -> bool:
        """Whether this instance shows its metrics to anybody."""
        return bool(settings.METRICS_OPEN)

    @extend_schema(responses={(200, "text/plain"): str})
    def get(self, request: Request) -> HttpResponse:
        """The exposition format, version 0.0.4 or as this prometheus_client writes it."""
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
