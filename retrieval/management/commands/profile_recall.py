"""`manage.py profile_recall`: where a recall's CPU goes, against the budget."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.scopes import Role
from accounts.services.keys import NewKey, caller_of, key_create
from accounts.services.namespaces import namespace_create, namespace_delete
from embedding import warm_up
from grains.indexes import index_tend, memories_vacuum
from grains.services.store import grain_store_batch
from retrieval.profiling import made_up_memories, made_up_queries, name_connections, profile

BATCH = 200
PLENTY = 1_000_000  # requests a second: more than anybody makes, and counted all the same


class Command(BaseCommand):
    help = "Print the CPU of one recall by stage: this process and its database backend, against the budget."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--grains", type=int, default=10_000, help="size of the namespace that is made for it")
        parser.add_argument("--queries", type=int, default=300)
        parser.add_argument(
            "--limited", action="store_true", help="count the requests in Valkey, as for a key that has quotas"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["queries"] <= 30 or options["grains"] < 1:
            raise CommandError("It takes at least one grain and 31 queries.")
        name_connections()
        warm_up()
        rate = PLENTY if options["limited"] else 0
        self.stdout.write(f"Quotas are {'counted' if rate else 'lifted (--limited counts them)'}.")
        with self.namespace(options["grains"], rate) as key:
            lines = profile(key.secret, made_up_queries(options["queries"]))
        self.stdout.write(f"{'stage':<20}{'CPU ms':>8}{'budget':>8}")
        for line in lines:
            self.stdout.write(f"{line.name:<20}{line.spent:>8.2f}{line.budget:>8.2f}")
        rest = [line for line in lines if line.name != "embedding"]
        spent, budget = sum(line.spent for line in rest), sum(line.budget for line in rest)
        self.stdout.write(f"{'all but embedding':<20}{spent:>8.2f}{budget:>8.2f}")

    @contextmanager
    def namespace(self, grains: int, rate: int) -> Iterator[NewKey]:
        """A namespace of made-up memories, gone afterwards."""
        namespace = namespace_create(name=f"profile-{grains}")
        try:
            scopes = Role.ADMIN.scopes
            key = key_create(namespace=namespace, scopes=scopes, grains_per_minute=0, requests_per_second=rate)
            drafts = list(made_up_memories(grains))
            for start in range(0, grains, BATCH):
                grain_store_batch(caller=caller_of(key.secret), drafts=drafts[start : start + BATCH])
                self.stderr.write(f"\rstored {min(start + BATCH, grains)} of {grains}", ending="")
            self.stderr.write("")
            index_tend(namespace.pk)
            memories_vacuum()
            yield key
        finally:
            namespace_delete(name=namespace.name, confirm=namespace.name)
