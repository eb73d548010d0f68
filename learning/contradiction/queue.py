"""New and changed memories wait in a table of their own, so that an import of many is examined in small steps."""

from datetime import datetime

from django.db import connections

from accounts.door import Caller, tenant
from accounts.outbox import Batch, Consumer
from learning.models import Unexamined

VERBS = frozenset({"store", "update"})
# Those that were forgotten meanwhile are left out: the foreign key would refuse them.
QUEUE_SQL = """
INSERT INTO learning_unexamined (namespace_id, grain_id)
SELECT namespace_id, id FROM grains_grain
WHERE namespace_id = %s AND id = ANY(%s) AND status = 'active' AND NOT zero_knowledge
FOR KEY SHARE
ON CONFLICT DO NOTHING
"""


def deeds_queue(batch: Batch) -> None:
    """Put what the deeds stored or changed into the queue, in the transaction that acknowledges them."""
    ids = {id_ for deed in batch.deeds for id_ in deed.subjects if _changes_words(deed.verb, deed.detail)}
    with connections[batch.using].cursor() as cursor:
        cursor.execute(QUEUE_SQL, [batch.namespace_id, list(ids)])


def waiting(caller: Caller, now: datetime) -> bool:
    """Whether anything waits in the caller's namespace."""
    with tenant(caller, durable=False):
        return Unexamined.objects.filter(namespace_id=caller.namespace_id).exists()


def _changes_words(verb: str, detail: object) -> bool:
    changed = detail.get("changed") if isinstance(detail, dict) else None
    return verb == "store" or (isinstance(changed, list) and "content" in changed)


CONSUMER = Consumer("contradiction", VERBS, deeds_queue)
