"""`manage.py webhook list|create|pause|resume|replay|delete --namespace N`: webhooks by hand."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

import clock
from accounts.errors import GarnerError
from accounts.services.namespaces import as_operator, namespace_find
from accounts.webhooks import endpoints


class Command(BaseCommand):
    help = "List, make, pause, resume, replay or delete the webhooks of a namespace."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb in ("list", "create", "pause", "resume", "replay", "delete"):
            one = verbs.add_parser(verb)
            one.add_argument("--namespace", required=True)
            if verb == "create":
                one.add_argument("url")
                one.add_argument("--event", action="append", default=[], help="left out: every one")
            elif verb != "list":
                one.add_argument("id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            caller = as_operator(namespace_find(name=options["namespace"]))
            getattr(self, options["verb"])(caller, options)
        except GarnerError as error:
            raise CommandError(error.message) from error

    def list(self, caller: Any, options: dict[str, Any]) -> None:
        for one in endpoints.webhooks_list(caller=caller):
            state = f"paused: {one.paused_because}" if one.paused else f"{one.failures} failures in a row"
            self.stdout.write(f"{one.id} {one.url} [{', '.join(one.events) or 'everything'}] {state}")

    def create(self, caller: Any, options: dict[str, Any]) -> None:
        new = endpoints.webhook_create(caller=caller, url=options["url"], events=options["event"])
        self.stdout.write(f"Webhook {new.webhook.id}; its signing secret, shown once:\n{new.secret}")

    def pause(self, caller: Any, options: dict[str, Any]) -> None:
        endpoints.webhook_change(caller=caller, id=options["id"], paused=True)
        self.stdout.write("Paused.")

    def resume(self, caller: Any, options: dict[str, Any]) -> None:
        endpoints.webhook_change(caller=caller, id=options["id"], paused=False)
        self.stdout.write("Resumed: what has waited is sent.")

    def replay(self, caller: Any, options: dict[str, Any]) -> None:
        count = endpoints.deliveries_replay(caller=caller, id=options["id"], ids=None, now=clock.now())
        self.stdout.write(f"{count} dead messages are sent again.")

    def delete(self, caller: Any, options: dict[str, Any]) -> None:
        endpoints.webhook_delete(caller=caller, id=options["id"])
        self.stdout.write("Deleted.")
