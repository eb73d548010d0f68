"""`manage.py otp_reset NAME`: for somebody whose phone and recovery codes are lost."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.people.services.factors import factors_reset


class Command(BaseCommand):
    help = (
        "Take a person's authenticator and recovery codes away, end their sessions and lift a lock-out. They keep "
        "their password and enrol anew at the next sign-in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is nobody called '{options['name']}'.")
        factors_reset(user=user, actor="operator")
        AxesProxyHandler.reset_attempts(username=user.get_username())
        self.stdout.write(f"{user} enrols an authenticator at the next sign-in.")
