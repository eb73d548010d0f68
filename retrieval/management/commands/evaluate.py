"""`manage.py evaluate SET`: how much of the evidence recall finds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from embedding import warm_up
from retrieval.evaluation.metrics import Row, interval, mean
from retrieval.evaluation.run import RANKERS, Outcome, evaluate
from retrieval.evaluation.sets import BadSet, Conversation, conversations

COLUMNS = ("recall@5", "recall@10", "recall@20", "recall@50", "all@10", "mrr", "ndcg@10")


class Command(BaseCommand):
    help = "Run a retrieval set (JSON lines, plain or .gz) against this instance, in namespaces that go afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("set", type=Path)
        parser.add_argument("--pool", choices=["own", "one"], default="own", help="a namespace each, or one for all")
        parser.add_argument("--k", type=int, default=50)
        parser.add_argument("--channels", action="store_true", help="also rank by vector alone and by words alone")
        parser.add_argument(
            "--at-least", nargs="*", default=[], metavar="METRIC=VALUE", help="fail when the mean is under it"
        )
        parser.add_argument(
            "--not-under-channels",
            nargs="*",
            default=[],
            metavar="METRIC",
            help="fail when one channel alone is better",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rankers = RANKERS if options["channels"] or options["not_under_channels"] else {"fused": RANKERS["fused"]}
        warm_up()
        outcomes = evaluate(
            self.read(options["set"]),
            rankers=rankers,
            k=options["k"],
            one_pool=options["pool"] == "one",
            progress=lambda mark: self.stderr.write(mark, ending=""),
        )
        self.stderr.write("")
        for name, outcome in outcomes.items():
            self.table(name, outcome)
        self.judge(outcomes, options["at_least"], options["not_under_channels"])

    def read(self, path: Path) -> list[Conversation]:
        try:
            return list(conversations(path))
        except (OSError, BadSet) as error:
            raise CommandError(str(error)) from error

    def table(self, name: str, outcome: Outcome) -> None:
        self.stdout.write(f"\n| {name} | n | " + " | ".join(COLUMNS) + " |")
        self.stdout.write("|" + "---|" * (len(COLUMNS) + 2))
        self.row("**mean**", outcome.core)
        for category, rows in sorted(outcome.rows.items()):
            self.row(category, rows)
        low, high = interval([row["recall@10"] for row in outcome.core])
        self.stdout.write(f"\nrecall@10, 95 % interval: {low:.3f} to {high:.3f}")

    def row(self, name: str, rows: list[Row]) -> None:
        values = mean(rows)
        self.stdout.write(f"| {name} | {len(rows)} | " + " | ".join(f"{values[c]:.3f}" for c in COLUMNS) + " |")

    def judge(self, outcomes: dict[str, Outcome], bounds: list[str], compared: list[str]) -> None:
        means = {name: mean(outcome.core) for name, outcome in outcomes.items()}
        low = [b for b in bounds if means["fused"][(pair := b.split("="))[0]] < float(pair[1])]
        low += [m for m in compared if means["fused"][m] < max(row[m] for row in means.values())]
        if low:
            raise CommandError(f"Too low: {', '.join(low)}.")
