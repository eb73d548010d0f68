"""`python -m memoryproject.serve`: one web process, on the socket it inherits or on its own."""

import os
import socket
import sys
from typing import Any

import uvicorn
from django.conf import settings

import clock
from memoryproject.asgi import application
from memoryproject.protocol import GuardedProtocol
from memoryproject.readiness import prepare_in_background
from runtime.tls import certificate_of


def listening_socket() -> socket.socket:
    """The socket of `manage.py up` (GARNER_LISTEN_FD), or a new one on GARNER_HOST:GARNER_PORT."""
    if inherited := os.environ.get("GARNER_LISTEN_FD"):
        return socket.socket(fileno=int(inherited))
    family = socket.AF_INET6 if ":" in settings.GARNER_HOST else socket.AF_INET
    return socket.create_server((settings.GARNER_HOST, settings.GARNER_PORT), family=family, backlog=2048)


def limit_statements(options: dict[str, Any]) -> None:
    """Give statements and pauses of this process's requests a limit in the database; the worker's have none.

    A cancelled statement is a 503. To be called before the first connection.
    """
    limits = {"statement_timeout": STATEMENT_SECONDS, "idle_in_transaction_session_timeout": IDLE_SECONDS}
    options["options"] += "".join(f" -c {name}={seconds}s" for name, seconds in limits.items())


def main() -> None:
    """Serve until a signal says stop."""
    sys.setswitchinterval(SWITCH_SECONDS)
    limit_statements(settings.DATABASES["default"]["OPTIONS"])
    prepare_in_background()
    certificate = certificate_of(settings.HOME, os.environ, settings.ALLOWED_HOSTS, clock.now())
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=GuardedProtocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # An address that a proxy names is believed from the proxies that the operator names; by default from none.
        proxy_headers=bool(settings.TRUSTED_PROXIES),
        forwarded_allow_ips=settings.TRUSTED_PROXIES,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        ssl_certfile=certificate.certificate if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    uvicorn.Server(config).run(sockets=[listening_socket()])


STATEMENT_SECONDS = 60  # the slowest of ours, forgetting a large filter's matches, takes seconds
IDLE_SECONDS = 120  # a recall embeds its query with its transaction open; an endpoint may take a while
# A thread of Python code gives way this often, so that the event loop is not kept waiting by REST threads.
SWITCH_SECONDS = 0.001

if __name__ == "__main__":
    main()
