"""People, namespaces and keys. These tables are the door itself, so they stand before row-level security."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

import clock
from accounts.scopes import Role, Scope

NAMESPACE_PATTERN = r"^[\w-]{1,128}\Z"  # letters and digits of any script, _ and -: memoryOSS's rule


def new_id() -> UUID:
    """The default of identity columns."""
    return clock.new_id(clock.now())


class User(AbstractUser):
    """A person who signs in. What they may do follows from their memberships."""


class Namespace(models.Model):
    """A tenant: every memory belongs to exactly one."""

    name = models.CharField(max_length=128, unique=True, validators=[RegexValidator(NAMESPACE_PATTERN)])
    created_at = models.DateTimeField(default=clock.now)
    members = models.ManyToManyField(User, through="Membership", related_name="namespaces")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a namespace."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(r.value, r.value) for r in Role])
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "namespace"], name="one_role_per_namespace")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.namespace}"


class ApiKey(models.Model):
    """A key of one namespace. The key itself is shown once; only its SHA-256 is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="keys")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="keys")
    name = models.CharField(max_length=128, blank=True)
    digest = models.BinaryField(unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=[(s.value, s.value) for s in Scope]))
    grains_per_minute = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Grains this key may store per minute; empty: the instance's default, 0: no limit.",
    )
    requests_per_second = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Requests a second; empty: the instance's default (none where grains have no limit), 0: no limit.",
    )
    mcp_profile = models.CharField(
        max_length=16, blank=True, default="", help_text="The MCP tools this key gets unless the address names others."
    )
    profile = models.CharField(
        max_length=16,
        blank=True,
        default="",
        help_text="Whose formula ranks this key's recalls unless a request says otherwise; empty: the dialect's own.",
    )
    networks = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="Networks that it may be used from, such as 10.0.0.0/8; none: from everywhere.",
    )
    parent = models.ForeignKey(  # of a scoped token: it ends with the key that it was made with
        "self", on_delete=models.CASCADE, null=True, blank=True, editable=False, related_name="tokens"
    )
    replaced_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    replaced_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The public name of the key: the first 16 hexadecimal digits of its digest."""
        return bytes(self.digest).hex()[:16]


class KeptAnswer(models.Model):
    """The answer to a write that came with an Idempotency-Key: what a repeat of it gets, for a day."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    subject = models.CharField(max_length=64)
    route = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    body_mac = models.BinaryField(max_length=32)  # keyed: the hash of a short content would tell it
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField(null=True)  # without content, which the repeat brings along
    etag = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "subject", "route", "key"], name="one_answer_per_key")
        ]
        indexes = [models.Index(fields=["namespace", "at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


class NamespaceOverride(models.Model):
    """A setting's value of a namespace's own (accounts/namespace_settings.py says which there are)."""

    namespace = models.ForeignKey(Namespace, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=64)
    value = models.JSONField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "name"], name="one_value_per_setting")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class Deed(models.Model):
    """One line of the append-only log: who changed what, when and why. Partitioned by day."""

    pk = models.CompositePrimaryKey("namespace_id", "at", "id")
    namespace_id = models.BigIntegerField()  # no foreign key: the log outlives a deleted namespace
    id = models.UUIDField(default=new_id)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    verb = models.CharField(max_length=32)
    subjects = ArrayField(models.UUIDField())
    detail = models.JSONField(default=dict)

    class Meta:
        managed = False  # made by SQL: Django has no partitions
        db_table = "accounts_deed"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb}"


# Django finds an app's models through this module.
from accounts.outbox import models as _outbox  # noqa: E402, F401
from accounts.sealing import models as _sealing  # noqa: E402, F401
from accounts.webhooks import models as _webhooks  # noqa: E402, F401
