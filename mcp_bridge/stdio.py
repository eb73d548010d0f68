"""MCP over stdio: one session of one agent on this machine, with the home's servers or with its own."""

import gc
import os
import signal
from threading import Thread
from types import FrameType

from django.conf import settings
from environ import FileAwareEnv

from accounts.door import Caller
from accounts.services.keys import admitted
from mcp_bridge.agent_key import agent_key
from mcp_bridge.embedded import Parts
from mcp_bridge.identity import Connected
from mcp_bridge.profiles import Profile
from mcp_bridge.server import build_server
from mcp_bridge.verifiers import token_caller


def serve(profile: Profile) -> None:
    """Serve this process's standard streams until its input ends. Collects garbage only from here on."""
    parts = Parts(settings.HOME, FileAwareEnv().ENVIRON)
    _end_in_order(parts)
    other_end = Connected(ask=lambda: _holder(parts), profile=profile)
    server = build_server(profile, lambda _: other_end)
    gc.freeze()  # the imported modules stay for good: no collection need look at them
    gc.enable()
    parts.start()
    try:
        server.run("stdio")
    finally:
        parts.stop()


def _holder(parts: Parts) -> Caller:
    """The key's caller, asked at every call: a revoked key stops within seconds."""
    parts.require()
    return admitted(token_caller(agent_key(settings.HOME, settings.API_KEY)), "127.0.0.1")


def _end_in_order(parts: Parts) -> None:
    """At SIGTERM stop our servers, then end: the thread that reads the input cannot be woken."""

    def end() -> None:
        parts.stop()
        os._exit(0)

    def terminated(number: int, frame: FrameType | None) -> None:
        Thread(target=end, name="end").start()

    signal.signal(signal.SIGTERM, terminated)
