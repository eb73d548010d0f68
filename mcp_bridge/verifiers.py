"""What a bearer token stands for. One interface, so that another kind of token is one more entry in the list."""

from collections.abc import Callable
from functools import partial

from accounts.door import Caller
from accounts.errors import Unauthenticated
from accounts.services.tokens import caller_of
from mcp_bridge.lending import in_thread

Verifier = Callable[[str], Caller]
"""Answers with the token's caller or raises Unauthenticated; called in a worker thread, may use the database."""

VERIFIERS: tuple[Verifier, ...] = (caller_of,)
"""Asked in this order; the first that knows the token decides. Ours knows API keys and the JWTs made for them."""


def token_caller(token: str) -> Caller:
    """Who holds this token. Raises Unauthenticated when no verifier knows it."""
    refusal = Unauthenticated("invalid or expired token")
    for verify in VERIFIERS:
        try:
            return verify(token)
        except Unauthenticated as error:
            refusal = error
    raise refusal


async def verified(token: str) -> Caller:
    """`token_caller` for the event loop."""
    return await in_thread(partial(token_caller, token))
