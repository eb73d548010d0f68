"""The outbox: deeds are handed to consumers, each deed once, in the order of their transactions, per namespace.

A consumer is a name, the verbs that it wants and a handler. The handler runs inside the transaction that also moves
the consumer's place in that namespace, so what it writes to the database commits with the acknowledgement or not at
all. What it does outside the database would be repeated after a crash: such work belongs into rows of its own, which
somebody else sends (accounts.webhooks does).

Only deeds below the snapshot's xmin are read: every transaction that could still add an earlier one has ended. A
transaction that writes for minutes therefore delays all consumers by minutes, and loses none of them a deed.
"""

from accounts.outbox.consumers import Batch, Consumer, consumers, register
from accounts.outbox.drain import drain
from accounts.outbox.state import backlog, dead_letters, revive

__all__ = ["Batch", "Consumer", "backlog", "consumers", "dead_letters", "drain", "register", "revive"]
