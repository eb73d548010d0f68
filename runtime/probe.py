"""`python -m runtime.probe threads|django FD`: one web process for `manage.py measure_port`, on an inherited socket.

`threads` is the ASGI root as it is served; `django` is Django's own ASGI handler with the same middleware and views.
Both answer GET /lag besides: how late the event loop woke a task that sleeps SLEEP seconds, since it was asked last.
"""

import asyncio
import json
import socket
import sys
from typing import Any

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
    import uvicorn  # noqa: PLC0415 - as below

    # Only here: the settings are read, and Django set up, by the first of these imports.
    from memoryproject.asgi import application  # noqa: PLC0415
    from memoryproject.readiness import prepare_in_background  # noqa: PLC0415
    from memoryproject.serve import SWITCH_SECONDS  # noqa: PLC0415

    if arrangement == "django":
        from django.core.asgi import get_asgi_application  # noqa: PLC0415

        application = get_asgi_application()
    sys.setswitchinterval(SWITCH_SECONDS)
    prepare_in_background()
    config = uvicorn.Config(
        Probe(application), loop="uvloop", http="httptools", lifespan="auto", log_config=None, access_log=False
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
