"""Create, rename and delete namespaces."""

import re

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from accounts.deeds import deed_append
from accounts.door import Caller, tenant
from accounts.errors import Conflict, Invalid, NotFound
from accounts.models import NAMESPACE_PATTERN, Namespace
from accounts.scopes import Scope

# Tables with rows of a namespace, the narrow ones first, so that no cascade has to look for them one by one.
TENANT_TABLES = (
    "accounts_delivery",
    "accounts_webhook",
    "accounts_keptanswer",
    "learning_healthsignal",
    "learning_healthsample",
    "learning_alert",
    "learning_unexamined",
    "learning_dispute",
    "learning_retentionrule",
    "learning_run",
    "learning_clustermember",
    "learning_cluster",
    "learning_journalentry",
    "learning_unwired",
    "learning_foldedto",
    "learning_stake",
    "learning_voice",
    "learning_conduit",
    "learning_wording",
    "learning_entry",
    "learning_change",
    "accounts_namespaceoverride",
    "retrieval_rating",
    "retrieval_trace",
    "grains_derivation",
    "grains_posting",
    "grains_passage",
    "grains_vitals",
    "grains_version",
    "grains_grain",
)

# A worker may hold a row that we want while it waits for one of ours, and begin its next step before we try again: with
# three tries, an evaluation whose memories were still being wired could not delete its namespace.
TRIES = 10


def checked_name(name: str) -> str:
    """`name`, or Invalid: 1 to 128 letters, digits, _ and -."""
    if not re.fullmatch(NAMESPACE_PATTERN, name):
        raise Invalid("A namespace has 1 to 128 letters, digits, '_' or '-'.", field="namespace")
    return name


def as_operator(namespace: Namespace) -> Caller:
    """The caller that stands for the operator at the command line, in one namespace."""
    return Caller(namespace.pk, namespace.name, "operator", frozenset(Scope), grains_per_minute=0)


def namespace_create(*, name: str) -> Namespace:
    """Create a namespace. Raises Invalid for a bad name and Conflict for a taken one."""
    try:
        with transaction.atomic():
            namespace = Namespace.objects.create(name=checked_name(name))
    except IntegrityError as error:
        raise Conflict(f"The namespace '{name}' exists already.", field="namespace") from error
    with tenant(as_operator(namespace)):
        deed_append(caller=as_operator(namespace), verb="namespace.create", subjects=[])
    return namespace


def namespace_find(*, name: str) -> Namespace:
    """The namespace of this name, or NotFound."""
    try:
        return Namespace.objects.get(name=name)
    except Namespace.DoesNotExist as error:
        raise NotFound(f"There is no namespace '{name}'.", field="namespace") from error


def namespace_obtain(*, name: str) -> Namespace:
    """The namespace of this name, created when it is missing."""
    try:
        return Namespace.objects.filter(name=name).first() or namespace_create(name=name)
    except Conflict:  # another was first
        return namespace_find(name=name)


def namespace_rename(*, name: str, new_name: str) -> Namespace:
    """Give a namespace another name; its memories and keys stay with it."""
    namespace = namespace_find(name=name)
    try:
        with tenant(as_operator(namespace)):
            Namespace.objects.filter(pk=namespace.pk).update(name=checked_name(new_name))
            deed_append(
                caller=as_operator(namespace),
                verb="namespace.rename",
                subjects=[],
                detail={"from": name, "to": new_name},
            )
    except IntegrityError as error:
        raise Conflict(f"The namespace '{new_name}' exists already.", field="namespace") from error
    namespace.name = new_name
    return namespace


def namespace_delete(*, name: str, confirm: str) -> int:
    """Delete a namespace with everything in it; return how many grains it had.

    `confirm` repeats the name: deleting takes an explicit target. The deeds stay, they hold no content.
    """
    if confirm != name:
        raise Invalid("To delete a namespace, repeat its name.", field="confirm")
    namespace = namespace_find(name=name)
    for tries_left in reversed(range(TRIES)):
        try:
            return _deleted(namespace)
        except OperationalError as error:
            if not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                raise
    raise AssertionError("the last try returns or raises")


def _deleted(namespace: Namespace) -> int:
    caller = as_operator(namespace)
    with tenant(caller):
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM accounts_namespace WHERE id = %s FOR UPDATE", [namespace.pk])  # nothing new now
            cursor.execute("SELECT count(*) FROM grains_grain WHERE namespace_id = %s", [namespace.pk])
            (grains,) = cursor.fetchone()
            for table in TENANT_TABLES:
                cursor.execute(f"DELETE FROM {table} WHERE namespace_id = %s", [namespace.pk])  # noqa: S608 (our names)
        detail = {"name": namespace.name, "grains": grains}
        deed_append(caller=caller, verb="namespace.delete", subjects=[], detail=detail)
        namespace.delete()
    return int(grains)
