"""`manage.py evaluate_learning SET`: what ratings do to recall, round by round."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from embedding import warm_up
from learning.measuring.curve import Training, by_group, curve
from retrieval.evaluation.sets import BadSet, conversations


class Command(BaseCommand):
    help = (
        "Rate half of a set's questions for some rounds; print recall@10 of these, of the same reworded, of the others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("set", type=Path)
        parser.add_argument("--rounds", type=int, default=2)
        parser.add_argument("--noise", type=float, default=0.0, help="share of the verdicts that are flipped, 0 to 1")
        parser.add_argument("--conversations", type=int, default=0, help="only the first so many; 0: all")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rounds"] < 1 or not 0 <= options["noise"] <= 1:
            raise CommandError("It takes at least one round, and a noise from 0 to 1.")
        try:
            wanted = list(conversations(options["set"]))[: options["conversations"] or None]
        except (OSError, BadSet) as error:
            raise CommandError(str(error)) from error
        warm_up()
        training = Training(rounds=options["rounds"], noise=options["noise"])
        points, closed = curve(wanted, training, lambda dot: self.stderr.write(dot, ending=""))
        self.stderr.write("")
        self.stdout.write(f"{'':<10}{'round':>6}{'recall@10':>11}{'change, 95 % interval':>32}")
        for group, rounds in by_group(points):
            for point in rounds:
                low, mean, high = point.change
                interval = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
                self.stdout.write(f"{group:<10}{point.round:>6}{point.recall:>11.3f}{interval:>32}")
        self.stdout.write(f"gap closed: {closed:.2f}")
