"""`manage.py evaluate SET`: how much of the evidence recall finds."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from embedding import warm_up
from retrieval.evaluation.metrics import mean
from retrieval.evaluation.rankers import CHANNELS, PROFILES, Ranker, ablations, fused
from retrieval.evaluation.report import BASE, COLUMNS, Report
from retrieval.evaluation.run import evaluate
from retrieval.evaluation.sets import BadSet, Conversation, conversations, labelled


class Command(BaseCommand):
    help = (
        "Run a retrieval set (JSON lines, plain or .gz, or LoCoMo's own .json) against this instance, in namespaces "
        "that go afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sets", nargs="+", type=Path, metavar="set", help="several: each judged by itself too")
        parser.add_argument("--pool", choices=["own", "one"], default="own", help="a namespace each, or one for all")
        parser.add_argument("--k", type=int, default=50)
        parser.add_argument("--channels", action="store_true", help="also rank by vector alone and by words alone")
        parser.add_argument("--profiles", action="store_true", help="also rank by each seed's own formula")
        parser.add_argument("--ablate", action="store_true", help="also rank without each of the signals")
        parser.add_argument("--off-topic", type=Path, metavar="SET", help="judge also questions of another set")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
        parser.add_argument("--html", type=Path, metavar="FILE", help="write a report with plots")
        parser.add_argument("--at-least", nargs="*", default=[], metavar="METRIC=VALUE", help="fail below it")
        parser.add_argument(
            "--not-under-channels", nargs="*", default=[], metavar="METRIC", help="fail when one channel is better"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bounds = dict(self.bound(said) for said in options["at_least"])
        compared = [self.metric(name) for name in options["not_under_channels"]]
        if options["html"] and not find_spec("matplotlib"):
            raise CommandError("--html draws with matplotlib: pip install -r requirements/evaluation.txt")
        strangers = self.read(options["off_topic"]) if options["off_topic"] else []
        names = tuple(path.name for path in options["sets"])
        if len(set(names)) < len(names):
            raise CommandError("Two sets have the same name.")
        sets = [conversation for path in options["sets"] for conversation in self.labelled(path, names)]
        warm_up()
        result = evaluate(
            sets,
            rankers=self.rankers(options),
            k=options["k"],
            one_pool=options["pool"] == "one",
            progress=lambda mark: self.stderr.write(mark, ending=""),
            strangers=[query.text for other in strangers for query in other.queries],
        )
        self.stderr.write("")
        report = Report(names, clock.now(), result)
        self.show(report, options)
        for name, outcomes in report.by_set.items():
            self.judge(name, {key: mean(outcome.core) for key, outcome in outcomes.items()}, bounds, compared)

    def rankers(self, options: dict[str, Any]) -> dict[str, Ranker]:
        return {
            BASE: fused,
            **(CHANNELS if options["channels"] or options["not_under_channels"] else {}),
            **(PROFILES if options["profiles"] else {}),
            **(ablations() if options["ablate"] else {}),
        }

    def read(self, path: Path) -> list[Conversation]:
        try:
            found = list(conversations(path))
        except (OSError, BadSet) as error:
            raise CommandError(str(error)) from error
        if not any(query.relevant for conversation in found for query in conversation.queries):
            raise CommandError(f"{path.name} asks nothing that a memory answers.")
        return found

    def labelled(self, path: Path, names: tuple[str, ...]) -> list[Conversation]:
        found = self.read(path)
        return [labelled(conversation, path.name) for conversation in found] if len(names) > 1 else found

    def show(self, report: Report, options: dict[str, Any]) -> None:
        for table in report.tables:
            self.stdout.write(table.markdown())
        if options["json"]:
            options["json"].write_text(json.dumps(report.data(), indent=1))
        if options["html"]:
            options["html"].write_text(report.html(), encoding="utf-8")

    def metric(self, name: str) -> str:
        if name not in COLUMNS:
            raise CommandError(f"{name!r} is no metric: {', '.join(COLUMNS)}.")
        return name

    def bound(self, said: str) -> tuple[str, float]:
        name, _, value = said.partition("=")
        try:
            return self.metric(name), float(value)
        except ValueError as error:
            raise CommandError(f"--at-least wants METRIC=VALUE, not {said!r}.") from error

    def judge(
        self, name: str, means: dict[str, dict[str, float]], bounds: dict[str, float], compared: list[str]
    ) -> None:
        low = [f"{metric}={bound}" for metric, bound in bounds.items() if means[BASE][metric] < bound]
        channels = [means[name] for name in CHANNELS if name in means]
        low += [metric for metric in compared if means[BASE][metric] < max(row[metric] for row in channels)]
        if low:
            raise CommandError(f"Too low on {name}: {', '.join(low)}.")
