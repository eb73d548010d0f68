"""`python -m runtime.probe threads|django FD`: one web process for `manage.py measure_port`, on an inherited socket.

`threads` is the ASGI root as it is served; `django` is Django's own ASGI handler with the same middleware and views.
Both answer GET /lag besides: how late the event loop woke a task that sleeps SLEEP seconds, since it was asked last.
"""

import asyncio
import json
import socket
import sys
from importlib import import_module
from typing import Any

import uvicorn
from django.core.asgi import get_asgi_application

SLEEP = 0.01
ARRANGEMENTS = ("threads", "django")


class Probe:
    """An ASGI application around another one, which also watches the loop that it runs on."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._lags: list[float] = []
        self._watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer /lag; hand everything else on."""
        if scope["type"] != "http" or scope["path"] != "/lag":
            await self._application(scope, receive, send)
            return
        self._watch = self._watch or asyncio.create_task(self._look())
        lags, self._lags = self._lags, []
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(lags).encode()})

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SLEEP
            await asyncio.sleep(SLEEP)
            self._lags.append(loop.time() - due)


def main(arrangement: str, descriptor: int) -> None:
    """Serve until SIGTERM, set up as memoryproject.serve does."""
    # By name, and only here: the ASGI root imports what stands above this layer, and sets Django up.
    served = import_module("memoryproject.serve")
    application = get_asgi_application() if arrangement == "django" else served.application
    sys.setswitchinterval(served.SWITCH_SECONDS)
    served.prepare_in_background()
    config = uvicorn.Config(
        Probe(application), loop="uvloop", http="httptools", lifespan="auto", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
