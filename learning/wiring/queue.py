"""New and changed memories wait in a table of their own, so that an import of many is wired in small steps."""

from datetime import datetime

from django.db import connections

from accounts.door import Caller, tenant
from accounts.outbox import Batch, Consumer
from learning.models import Unwired

VERBS = frozenset({"store", "update", "import"})
# Those that were forgotten meanwhile are left out: the foreign key would refuse them.
QUEUE_SQL = """
INSERT INTO learning_unwired (namespace_id, grain_id)
SELECT namespace_id, id FROM grains_grain
WHERE namespace_id = %s AND id = ANY(%s) AND NOT zero_knowledge
FOR KEY SHARE
ON CONFLICT DO NOTHING
"""


def deeds_queue(batch: Batch) -> None:
    """Put what the deeds stored or changed into the queue, in the transaction that acknowledges them."""
    ids = {id_ for deed in batch.deeds for id_ in deed.subjects}
    with connections[batch.using].cursor() as cursor:
        cursor.execute(QUEUE_SQL, [batch.namespace_id, list(ids)])


def waiting(caller: Caller, now: datetime) -> bool:
    """Whether anything waits in the caller's namespace."""
    with tenant(caller, durable=False):
        return Unwired.objects.filter(namespace_id=caller.namespace_id).exists()


CONSUMER = Consumer("wiring", VERBS, deeds_queue)
