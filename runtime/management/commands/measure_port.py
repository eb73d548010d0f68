"""`manage.py measure_port`: what REST under WSGI threads saves over Django's own ASGI handler (ADR 1)."""

import secrets
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.scopes import Role
from accounts.services.keys import caller_of, key_create
from accounts.services.namespaces import namespace_create, namespace_delete
from grains.services.store import grain_store_batch
from retrieval.profiling import made_up_memories, made_up_queries
from runtime.errors import RunError
from runtime.port import WARM_UP, Ask, Measured, measure, serving
from runtime.probe import ARRANGEMENTS


class Command(BaseCommand):
    help = (
        "Start two web processes on the running database, the ASGI root and Django's own ASGI handler, and compare "
        "their CPU a request and the stalls of their event loops. Linux only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--requests", type=int, default=400, help="a round")
        parser.add_argument("--memories", type=int, default=500)

    def handle(self, *_: Any, **options: Any) -> None:
        rounds, size = options["rounds"], options["requests"]
        try:
            with self.namespace(options["memories"]) as (key, grain), ExitStack() as stack:
                servers = [stack.enter_context(serving(name, settings.BASE_DIR)) for name in ARRANGEMENTS]
                rows = list(measure(servers, asks(grain, rounds * size), key, rounds, size))
        except RunError as error:
            raise CommandError(str(error)) from error
        self.table(rows)

    @contextmanager
    def namespace(self, memories: int) -> Iterator[tuple[str, str]]:
        """A namespace of made-up memories, gone afterwards: its key, and the id of one of its grains."""
        namespace = namespace_create(name=f"measure-{secrets.token_hex(6)}")
        try:
            key = key_create(namespace=namespace, scopes=Role.ADMIN.scopes, grains_per_minute=0)
            stored = grain_store_batch(caller=caller_of(key.secret), drafts=list(made_up_memories(memories)))
            yield key.secret, str(stored[0].id)
        finally:
            namespace_delete(name=namespace.name, confirm=namespace.name)

    def table(self, rows: list[Measured]) -> None:
        self.stdout.write("CPU: of the web process, ms a request. Lags, ms: of its loop, and of an idle one beside it.")
        self.stdout.write(f"{'':<31}{'CPU':>7}{'ratio':>7}{'p99':>7}{'worst':>7}{'idle p99':>10}{'worst':>7}")
        for _, group in groupby(rows, lambda row: row.ask):
            pair = list(group)
            for row in pair:
                self.stdout.write(
                    f"{row.ask:<22}{row.arrangement:<9}{row.cpu:>7.2f}{row.cpu / pair[0].cpu:>7.2f}"
                    f"{row.lag.p99:>7.1f}{row.lag.worst:>7.1f}{row.idle.p99:>10.1f}{row.idle.worst:>7.1f}"
                )


def asks(grain: str, count: int) -> list[Ask]:
    """The requests to compare; each recall asks a question of its own."""
    queries = made_up_queries(count + WARM_UP)
    return [
        Ask("GET /health", "GET", "/health", 4),
        Ask("GET /v1/inspect/<id>", "GET", f"/v1/inspect/{grain}", 4),
        Ask("POST /v1/recall", "POST", "/v1/recall", 16, lambda n: {"query": queries[n]}),
    ]
