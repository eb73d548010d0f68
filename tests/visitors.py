"""People with a password and an authenticator, and their browsers."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django_otp.oath import TOTP

import clock
from accounts.models import Membership, User
from accounts.people.models import STEP, TotpDevice
from accounts.people.services.factors import enrolment_begin
from accounts.scopes import Role

PASSWORD = "correct horse battery staple"
_count = itertools.count(1)


def code_now(user: User, *, confirmed: bool = True, steps: int = 0) -> str:
    """What the person's authenticator shows; `steps` of 30 seconds later."""
    device = TotpDevice.objects.get(user=user, confirmed=confirmed)
    totp = TOTP(device.key, STEP)
    totp.time = clock.now().timestamp() + steps * STEP
    return f"{totp.token():06d}"


def code_unused(user: User) -> str:
    """A code of the authenticator that was not taken yet: of the newest step that is near enough."""
    device = TotpDevice.objects.get(user=user, confirmed=True)
    TotpDevice.objects.filter(pk=device.pk).update(last_step=-1, throttling_failure_timestamp=None)
    return code_now(user)


def somebody(
    *, staff: bool = True, operator: bool = False, roles: Any = None, enrolled: bool = True, password: str = ""
) -> User:
    """A person with the given roles by namespace; with a password only when one is given, since hashing takes time."""
    name = f"person-{next(_count)}-{id(object())}"
    user = User(username=name, is_staff=staff, is_superuser=operator)
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    for namespace, role in (roles or {}).items():
        Membership.objects.create(user=user, namespace=namespace, role=role)
    if enrolled:
        enrolment_begin(user=user)
        TotpDevice.objects.filter(user=user).update(confirmed=True)
    return user


def signed_in(user: User, **options: Any) -> Client:
    """A browser in which this person has signed in, with both factors, just now."""
    client = Client(raise_request_exception=False, **options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    device = TotpDevice.objects.filter(user=user, confirmed=True).first()
    if device is not None:
        session["otp_device_id"] = device.persistent_id
        session["verified_at"] = clock.now().isoformat()
    session.save()
    return client


@dataclass
class Visitor:
    """A person at the console."""

    user: User
    client: Client = field(init=False)
    last: Any = None

    def __post_init__(self) -> None:
        self.client = signed_in(self.user)

    def get(self, path: str, **query: Any) -> str:
        """A page's text; `last` is the response."""
        self.last = self.client.get(path, query)
        return str(self.last.content.decode())

    def post(self, path: str, **form: Any) -> str:
        """The text of the answer to a form."""
        self.last = self.client.post(path, form)
        return str(self.last.content.decode())

    def do(self, path: str, operation: str, *ids: Any, **form: Any) -> str:
        """Carry out an operation on rows of a list, past its question."""
        return self.post(path, action=operation, _selected_action=[str(one) for one in ids], confirmed="yes", **form)

    def grow_stale(self) -> None:
        """Let the last code be too old for what destroys."""
        session = self.client.session
        session.pop("verified_at", None)
        session.save()

    def bring_into_view(self, *namespaces: Any) -> None:
        """Choose the namespaces in view."""
        session = self.client.session
        session["console_namespaces"] = [namespace.pk for namespace in namespaces]
        session.save()


def visitor(*, role: Role | None = None, namespace: Any = None, operator: bool = False) -> Visitor:
    """Somebody with a role in a namespace, or an operator who has it in view."""
    made = Visitor(somebody(operator=operator, roles={namespace: role} if role else {}))
    if operator and namespace is not None:
        made.bring_into_view(namespace)
    return made
