"""Where webhooks may go: the name is resolved once, every address is checked, and that address is connected to.

Nothing else resolves the name again, so a name that answers differently a moment later (DNS rebinding) gains nothing;
redirects are not followed; the environment's proxies are not used.
"""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

from accounts.errors import Invalid

Address = IPv4Address | IPv6Address
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
# What IANA has given out for the whole net; ipaddress calls more of IPv6 global: site-local fec0::/10, the NAT64 of one
# site 64:ff9b:1::/48 (RFC 8215), IPv4-translated ::ffff:0:0/96, segments 5f00::/16. 3fff::/20 is for documentation.
_UNICAST, _DOCUMENTATION = ip_network("2000::/3"), ip_network("3fff::/20")
PORTS = {"https": 443, "http": 80}


class Refused(Exception):
    """This destination is not allowed; the message says why."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A parsed URL: what is connected to, and what is asked for."""

    scheme: str
    host: str
    port: int
    target: str  # path and query

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def destination_of(url: str) -> Destination:
    """The parts of a webhook's URL. Raises Invalid for one that cannot be a webhook's."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid("The URL cannot be read.", field="url") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise Invalid("The URL must begin with https:// and name a host.", field="url")
    if parts.username is not None or parts.password is not None:
        raise Invalid("The URL must not carry a password: messages are signed instead.", field="url")
    if not url.isascii() or any(character <= " " for character in url):
        raise Invalid("The URL must be plain ASCII: encode other characters.", field="url")
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    return Destination(parts.scheme, parts.hostname, port or PORTS[parts.scheme], target)


def address_of(destination: Destination) -> str:
    """The address to connect to. Raises Refused unless every address of the name is allowed, OSError if it has none.

    An address that is not public is allowed when GARNER_WEBHOOK_PRIVATE_NETWORKS lists its network, and so is http.
    """
    found = socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    private = private_networks()
    for address in addresses:
        if not may_reach(address, private):
            raise Refused("the name leads to an address that is not public")
        if destination.scheme == "http" and not _listed(address, private):
            raise Refused("http is for listed private networks only: use https")
    return str(addresses[0])


def may_reach(address: Address, private: Sequence[IPv4Network | IPv6Network] = ()) -> bool:
    """Whether a webhook may be sent to this address: public ones, and those in the listed private networks."""
    return all(map(_is_public, _meant(address))) or _listed(address, private)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _NAT64:
        given_out = address in _UNICAST and address not in _DOCUMENTATION
    else:
        given_out = not address.is_multicast
    return given_out and address.is_global


def private_networks() -> list[IPv4Network | IPv6Network]:
    """The networks of GARNER_WEBHOOK_PRIVATE_NETWORKS."""
    return [ip_network(text) for text in settings.WEBHOOK_PRIVATE_NETWORKS]


def _listed(address: Address, private: Sequence[IPv4Network | IPv6Network]) -> bool:
    plain = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
    return any(plain in network for network in private)


def _meant(address: Address) -> list[Address]:
    """The address, and the IPv4 addresses that an IPv6 one carries for a gateway or the kernel."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    inner: list[Address | None] = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(address.packed[-4:]))
    if address.packed[:12] == bytes(12):  # the deprecated IPv4-compatible form
        inner.append(IPv4Address(address.packed[-4:]))
    return [address, *(one for one in inner if one is not None)]


def connect(destination: Destination, seconds: float) -> socket.socket:
    """A connection to an allowed address of the destination, with TLS for https, checked for the URL's host."""
    raw = socket.create_connection((address_of(destination), destination.port), timeout=seconds)
    if destination.scheme == "http":
        return raw
    try:
        return ssl.create_default_context().wrap_socket(raw, server_hostname=destination.host)
    except BaseException:
        raw.close()
        raise
