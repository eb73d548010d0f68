"""The public port can speak TLS by itself."""

import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from cryptography import x509

from runtime.errors import ConfigurationError
from runtime.paths import Home
from runtime.tls import RENEWED, VALID, certificate_of, tls_wanted

NOW = datetime.now(UTC)
SELF_MADE = {"GARNER_TLS_SELF_MADE": "1"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def made(home: Home, now: datetime = NOW, names: tuple[str, ...] = ()) -> Path:
    found = certificate_of(home, SELF_MADE, names, now)
    assert found is not None
    return found.certificate


def test_without_a_wish_there_is_no_tls(home):
    assert certificate_of(home, {}, [], NOW) is None
    assert not tls_wanted({"GARNER_TLS_SELF_MADE": "0"})


def test_a_self_made_certificate_is_private_and_kept(home):
    file = made(home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made(home).read_bytes() == file.read_bytes()


def test_it_is_for_the_hosts_that_requests_may_carry(home):
    file = made(home, names=("memory.example.org", "[::1]", "*"))
    names = x509.load_pem_x509_certificate(file.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["memory.example.org", "localhost"]


def test_it_is_made_anew_before_it_ends(home):
    before = made(home).read_bytes()
    assert made(home, NOW + VALID - RENEWED - timedelta(days=1)).read_bytes() == before
    assert made(home, NOW + VALID - RENEWED + timedelta(days=1)).read_bytes() != before


def test_given_files_must_be_there_and_the_key_closed(home, tmp_path):
    key = made(home)
    environ = {"GARNER_TLS_CERTIFICATE": str(key), "GARNER_TLS_KEY": str(tmp_path / "none")}
    with pytest.raises(ConfigurationError, match="none is not there"):
        certificate_of(home, environ, [], NOW)
    key.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        certificate_of(home, {"GARNER_TLS_CERTIFICATE": str(key)}, [], NOW)


def test_a_client_that_trusts_it_speaks_tls_with_the_server(home):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})

    listener, file = socket.create_server(("127.0.0.1", 0)), made(home)
    server = uvicorn.Server(uvicorn.Config(application, ssl_certfile=file, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        trusting = ssl.create_default_context(cafile=str(file))
        assert httpx2.get(url, verify=trusting).text == "https"
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(url)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
