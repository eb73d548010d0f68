"""`manage.py measure_sealing`: how much one sealer chains, what it costs a store, and whether a writer waits."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from runtime.sealing_cost import capacity, namespace, stores


class Command(BaseCommand):
    help = "Measure sealing on the running database (on this machine; Linux only). Its namespace is gone afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, default=50_000, help="thousands of them")
        parser.add_argument("--stores", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        with namespace() as caller:
            chained = capacity(caller, options["rows"])
            written = stores(caller, options["stores"])
        self.stdout.write(
            f"One sealer chains {chained.rows_a_second:,.0f} rows/s: {chained.rows:,} rows in {chained.seconds:.2f} s, "
            f"{chained.cpu:.0f} us of CPU each. A round that finds nothing takes {chained.idle:.1f} ms of CPU, "
            f"one that finds one row {chained.single:.1f} ms."
        )
        share = 100 * chained.cpu / 1000 / written.cpu
        self.stdout.write(
            f"A store takes {written.cpu:.2f} ms of CPU; sealing its deed adds {share:.2f} % to that.\n"
            f"Median of a store: {written.quiet:.2f} ms without a sealer, {written.sealed:.2f} ms beside one that "
            f"never rests.\nIn {written.looks} looks, {written.waited} sessions waited for a lock."
        )
