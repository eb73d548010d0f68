"""The second factor: enrol an authenticator, make recovery codes, check a code."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django_otp.models import Device

from accounts.models import User
from accounts.people.errors import TooSoon, WrongCode
from accounts.people.models import DIGITS, RecoveryKit, TotpDevice
from accounts.people.services.deeds import changing


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A confirmed authenticator, and the recovery codes that are shown this once."""

    device: TotpDevice
    codes: list[str]


def has_factor(user: User) -> bool:
    """Whether the person has a confirmed authenticator."""
    return bool(TotpDevice.objects.filter(user=user, confirmed=True).exists())


def enrolment_begin(*, user: User) -> TotpDevice:
    """The authenticator to be confirmed: the one begun before, so that a reload shows the same QR code."""
    fresh = TotpDevice.fresh_key(user.pk)
    begun: TotpDevice
    begun, _ = TotpDevice.objects.get_or_create(
        user=user, confirmed=False, defaults={"name": "authenticator", "sealed_key": fresh}
    )
    return begun


def enrolment_confirm(*, user: User, code: str) -> Enrolled:
    """Confirm the begun authenticator by its first code. It replaces the former one, and the recovery codes.

    Raises WrongCode, TooSoon.
    """
    device: TotpDevice = _taken(TotpDevice.objects.filter(user=user, confirmed=False), code)
    with changing(user, "person.enrol"):
        TotpDevice.objects.filter(user=user, confirmed=True).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _kit_renew(user)
    return Enrolled(device, codes)


def recovery_codes_renew(*, user: User) -> list[str]:
    """New recovery codes; the former ones open nothing any more."""
    with changing(user, "person.codes"):
        return _kit_renew(user)


def recovery_codes_left(user: User) -> int:
    """How many recovery codes the person has."""
    kit = RecoveryKit.objects.filter(user=user).first()
    return len(kit.digests) if kit else 0


def code_check(*, user: User, code: str) -> Device:
    """The device that a code belongs to: of the authenticator when it is all digits, else of the recovery kit.

    A code is taken once. Raises WrongCode, TooSoon.
    """
    plain = "".join(code.split())
    is_totp = len(plain) == DIGITS and plain.isdigit()
    model: type[TotpDevice | RecoveryKit] = TotpDevice if is_totp else RecoveryKit
    device: Device = _taken(model.objects.filter(user=user, confirmed=True), plain)
    if isinstance(device, RecoveryKit):
        with changing(user, "person.recovery_code"):
            pass
    return device


def factors_reset(*, user: User, actor: str) -> None:
    """Take the second factor away and end all sessions: at the next sign-in the person enrols anew."""
    with changing(user, "person.otp_reset", actor=actor):
        TotpDevice.objects.filter(user=user).delete()
        RecoveryKit.objects.filter(user=user).delete()
        user.browser_sessions.all().delete()


def _taken(devices: QuerySet[Any], code: str) -> Any:
    """The device, after it took the code. A failed attempt is counted even where the outer change is given up."""
    with transaction.atomic():
        device = devices.select_for_update().first()
        if device is None:
            raise WrongCode("That code is not right.", field="code")
        allowed, _ = device.verify_is_allowed()
        good = allowed and device.verify_token(code)
    if not allowed:
        raise TooSoon("Wrong codes were entered: wait a moment, then try the next one.", field="code")
    if not good:
        raise WrongCode("That code is not right.", field="code")
    return device


def _kit_renew(user: User) -> list[str]:
    codes = RecoveryKit.new_codes()
    digests = [RecoveryKit.digest_of(code) for code in codes]
    blank = {"digests": digests, "name": "recovery codes", "throttling_failure_count": 0}
    RecoveryKit.objects.update_or_create(user=user, defaults=blank)
    return codes
