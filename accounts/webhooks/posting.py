"""One HTTP request to a webhook's endpoint: bounded in time and size, without redirects, to a checked address."""

import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.errors import Invalid
from accounts.webhooks.destinations import Destination, Refused, connect, destination_of

SECONDS = 10.0  # for all of it: memoryOSS's limit
AGENT = "Garner-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to: the answer's status, or in a few words why there was none."""

    status: int | None
    error: str

    @property
    def ok(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """Send `body`. Never raises for what the other side does or is."""
    try:
        destination = destination_of(url)
        connection = connect(destination, SECONDS)
    except (Refused, Invalid) as error:
        return Outcome(None, f"refused: {error}"[:128])
    except (OSError, UnicodeError, ValueError) as error:  # away, unknown, a wrong certificate
        return Outcome(None, _words(error))
    deadline = threading.Timer(SECONDS, _cut, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        status = _exchange(connection, destination, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(None, _words(error))
    finally:
        deadline.cancel()
        connection.close()
    return Outcome(status, "" if 200 <= status < 300 else f"answered {status}")


def _exchange(connection: socket.socket, destination: Destination, body: str, headers: Mapping[str, str]) -> int:
    client = http.client.HTTPConnection(destination.host, destination.port)
    client.sock = connection
    said = {"Host": destination.authority, "User-Agent": AGENT, "Content-Type": "application/json", **headers}
    client.request("POST", destination.target, body.encode(), {**said, "Connection": "close"})
    return client.getresponse().status  # its body is of no interest


def _cut(connection: socket.socket) -> None:
    """End an exchange that drips."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _words(error: Exception) -> str:
    """The failure without names that resolvers and peers may have put into its message."""
    return type(error).__name__[:128]
