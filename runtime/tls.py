"""TLS on the public port itself, where no proxy stands in front: with given files, or with a self-made certificate.

| variable | meaning |
|---|---|
| GARNER_TLS_CERTIFICATE | a PEM file with the certificate and its chain |
| GARNER_TLS_KEY | a PEM file with its key; left out when the key is in the first file |
| GARNER_TLS_SELF_MADE | 1: a certificate of our own, which clients have to be told to trust |
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from runtime.errors import ConfigurationError
from runtime.paths import Home

VALID = timedelta(days=397)  # the longest that browsers take
RENEWED = timedelta(days=30)  # before the end, at a start


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files as uvicorn takes them; `key` is None when it is in the first."""

    certificate: Path
    key: Path | None


def tls_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the public port speaks TLS."""
    return bool(environ.get("GARNER_TLS_CERTIFICATE")) or environ.get("GARNER_TLS_SELF_MADE", "0") == "1"


def certificate_of(home: Home, environ: Mapping[str, str], names: Sequence[str], now: datetime) -> Certificate | None:
    """The certificate to serve with, None without TLS. `names` are those that a self-made one is for.

    Raises ConfigurationError when a given file is missing, or when the key can be read by others.
    """
    if not tls_wanted(environ):
        return None
    if not (given := environ.get("GARNER_TLS_CERTIFICATE")):
        return Certificate(_self_made(home, names, now), None)
    key = environ.get("GARNER_TLS_KEY")
    found = Certificate(Path(given).expanduser(), Path(key).expanduser() if key else None)
    for file in filter(None, (found.certificate, found.key)):
        if not file.is_file():
            raise ConfigurationError(f"{file} is not there (GARNER_TLS_CERTIFICATE, GARNER_TLS_KEY).")
    if (found.key or found.certificate).stat().st_mode & 0o007:
        raise ConfigurationError(f"{found.key or found.certificate} holds a key that everybody can read: chmod 600 it.")
    return found


def _self_made(home: Home, names: Sequence[str], now: datetime) -> Path:
    """The home's own certificate with its key in one file, so that processes that start together agree."""
    path = home.root / "tls.pem"
    if path.exists() and x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc - now > RENEWED:
        return path
    key = generate_private_key(SECP256R1())
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_signed(key, names, now).public_bytes(Encoding.PEM))
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    fresh.replace(path)
    return path


def _signed(key: EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Garner, self-made")])
    meant = [_general(name) for name in dict.fromkeys([*names, "localhost", "127.0.0.1", "::1"]) if "*" not in name]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(meant), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name.strip("[]")))
    except ValueError:
        return x509.DNSName(name.lstrip("."))
