"""The public socket, bound before anything else is started, so that no caller is ever refused a
connection.
"""

import errno
import socket

from runtime.errors import ConfigurationError

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises ConfigurationError with what is wrong."""
    if not 0 <= port <= 65535:
        raise ConfigurationError(f"{port} is not a port: choose one from 1 to 65535 (GARNER_PORT or --port).")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise ConfigurationError(f"{host} is not an address of this machine (--host).") from error
    except OSError as error:
        raise ConfigurationError(_refusal(host, port, error)) from error


def url_of(listener: socket.socket, *, secure: bool = False) -> str:
    """Where a person on this machine finds the socket."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"{'https' if secure else 'http'}://{shown}:{port}"


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: stop what listens there, or choose another (GARNER_PORT)."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this account has: choose one above 1023 (GARNER_PORT)."
    return f"{host}:{port} cannot be listened on: {error.strerror}."
