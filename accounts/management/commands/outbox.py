"""`manage.py outbox status|dead|revive`: deeds on their way to their consumers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import outbox
from accounts.outbox.state import backlog_of_consumers


class Command(BaseCommand):
    help = "Show what waits for each consumer, list the deeds that one gave up on, hand them to it again."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status")
        verbs.add_parser("dead")
        revive = verbs.add_parser("revive", help="when the cause is mended")
        revive.add_argument("consumer")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, options["verb"])(**options)

    def status(self, **options: Any) -> None:
        waiting = backlog_of_consumers()
        for consumer in outbox.consumers():
            self.stdout.write(f"{consumer.name}: {waiting.get(consumer.name, 0)} deeds wait")

    def dead(self, **options: Any) -> None:
        for letter in outbox.dead_letters():
            self.stdout.write(
                f"{letter.at:%Y-%m-%d %H:%M} {letter.consumer} namespace {letter.namespace_id} "
                f"{letter.verb} {letter.deed_id}: {letter.error}"
            )

    def revive(self, consumer: str, **options: Any) -> None:
        if consumer not in {known.name for known in outbox.consumers()}:
            raise CommandError(f"There is no consumer '{consumer}'.")
        letters = [letter for letter in outbox.dead_letters() if letter.consumer == consumer]
        failed = [letter for letter in reversed(letters) if not self._revived(letter)]
        self.stdout.write(f"{len(letters) - len(failed)} handled, {len(failed)} failed again.")

    def _revived(self, letter: Any) -> bool:
        try:
            outbox.revive(letter)
        except Exception as error:  # noqa: BLE001 (one that still fails must not keep the others)
            self.stderr.write(f"{letter.deed_id}: {type(error).__name__}")
            return False
        return True
