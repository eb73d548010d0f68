"""Second factors, sessions and one-time links of people."""

import hmac
import re
import secrets
from base64 import b32decode, b32encode
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

import clock
from accounts.keyring import derived
from accounts.models import Namespace
from accounts.scopes import Role
from accounts.vault import vault_open, vault_seal

STEP = 30  # seconds a code lives: what authenticator apps assume (RFC 6238)
DIGITS = 6
TOLERANCE = 1  # steps before and after: clocks differ, people type slowly
KEY_SIZE = 20  # bytes: RFC 4226's recommendation, SHA-1's output
CODES = 10  # recovery codes of a kit
CODE_BYTES = 5  # of a recovery code: 40 random bits, guessed at most once a second by throttling


def context_of(user_id: int) -> str:
    """What an authenticator's secret is sealed for: copied to somebody else's, it does not open."""
    return f"totp/user:{user_id}"


class TotpDevice(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc] # django_otp ships no types
    """An authenticator app. Its secret is sealed with the keyring, for its owner.

    It counts only once `confirmed`: its first code was right.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sealed_key = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)  # the newest step whose code was taken

    class Meta:
        verbose_name = "authenticator"
        constraints = [
            models.UniqueConstraint(fields=["user", "confirmed"], name="one_authenticator_and_one_to_be"),
        ]

    @staticmethod
    def fresh_key(user_id: int) -> str:
        """A new secret for a device of this person, sealed."""
        return vault_seal(b32encode(secrets.token_bytes(KEY_SIZE)).decode(), context=context_of(user_id))

    @property
    def key(self) -> bytes:
        """The shared secret."""
        return b32decode(self.secret)

    @property
    def secret(self) -> str:
        """The shared secret as people type it into an app: base 32. Raises KeyringUnusable with another keyring."""
        return vault_open(self.sealed_key, context=context_of(self.user_id))

    @property
    def address(self) -> str:
        """The otpauth:// address that the QR code holds."""
        label = quote(f"Garner:{self.user.get_username()}")
        query = {"secret": self.secret, "issuer": "Garner", "digits": DIGITS, "period": STEP}
        return f"otpauth://totp/{label}?{urlencode(query)}"

    def get_throttle_factor(self) -> int:
        """Seconds to wait after one wrong code; each further one doubles it."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Take a code, once. The row must be locked by the caller, or two requests could use one code."""
        if not self.verify_is_allowed()[0]:
            return False
        step = self._step_of(token)
        if step is None:
            self.throttle_increment()
            return False
        self.last_step = step
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def _step_of(self, token: str) -> int | None:
        """The time step whose code this is, if it is near enough and newer than all that were used."""
        totp = TOTP(self.key, STEP, digits=DIGITS)
        totp.time = clock.now().timestamp()
        plain = re.fullmatch(rf"[0-9]{{{DIGITS}}}", token)
        good = plain is not None and totp.verify(int(token), TOLERANCE, self.last_step + 1)
        return int(totp.t()) if good else None


class RecoveryKit(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc] # as above
    """A person's recovery codes: each opens once. Only keyed hashes are stored, a code is shown when it is made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digests = ArrayField(models.BinaryField(), default=list, editable=False)

    class Meta:
        verbose_name = "recovery codes"
        constraints = [models.UniqueConstraint(fields=["user"], name="one_recovery_kit")]

    @staticmethod
    def new_codes() -> list[str]:
        """Ten codes of eight letters and digits, as "abcd-efgh"."""
        raw = [b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)]
        return [f"{code[:4]}-{code[4:]}" for code in raw]

    @staticmethod
    def digest_of(code: str) -> bytes:
        """The keyed hash of a code, however it was typed."""
        plain = re.sub(r"[\s-]", "", code).lower()
        return hmac.new(derived("recovery codes"), plain.encode(), sha256).digest()

    def get_throttle_factor(self) -> int:
        """As for codes of an app."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Take a recovery code, once. The row must be locked by the caller."""
        if not self.verify_is_allowed()[0]:
            return False
        wanted = self.digest_of(token)
        left = [bytes(one) for one in self.digests if not hmac.compare_digest(bytes(one), wanted)]
        if len(left) == len(self.digests):
            self.throttle_increment()
            return False
        self.digests = left
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True


class BrowserSession(AbstractBaseSession):
    """A session of a browser, with what its owner needs to recognise it. Deleting the row signs the browser out."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="browser_sessions"
    )
    began_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=256, blank=True)  # what the browser says it is

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"

    @property
    def mark(self) -> str:
        """The session's name on pages: whoever reads it there cannot take the session over."""
        return sha256(self.session_key.encode()).hexdigest()[:16]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Our engine."""
        from accounts.people.sessions import SessionStore  # noqa: PLC0415 (the engine needs this model)

        return SessionStore


class Purpose(models.TextChoices):
    """What a one-time link is for."""

    SETUP = "setup"
    INVITE = "invite"
    RESET = "reset"


class OneTimeLink(models.Model):
    """A link that makes an account or sets a password, once, until it expires. Only its hash is stored."""

    purpose = models.CharField(max_length=8, choices=Purpose)
    digest = models.BinaryField(unique=True, editable=False)
    user = models.ForeignKey(  # whose password a reset sets
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=16, blank=True, choices=[(role.value, role.value) for role in Role])
    email = models.EmailField(blank=True)
    made_by = models.CharField(max_length=64)  # a subject, as in deeds
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="one_time_link_age")]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.made_by}"
