"""Webhooks: what happens in a namespace is told to addresses of its admins' choice, signed, at least once.

A consumer of the outbox writes one delivery a deed and endpoint; a sender takes endpoints by lease, in the order of
their deliveries. Other parts tell of things that are no deeds with `send_event`.
"""
