"""The machine's side: the folder's permissions, the keyring, the disk, the model's files, Valkey."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import redis
from django.conf import settings

from accounts.errors import KeyringUnusable
from accounts.keycheck import keys_check
from accounts.operator import owner_alias
from embedding.artefact import open_artefact
from embedding.build import model_folder, rebuild_model
from embedding.errors import EmbeddingError
from runtime.doctor.findings import Finding

LEAST_BYTES, LEAST_SHARE = 1 << 30, 0.05  # of the disk: below both PostgreSQL may stop within hours


def permissions() -> Iterator[Finding]:
    """Whether what is secret can be read by its owner only."""
    home = settings.HOME
    private = [home.root, settings.KEYRING_PATH, home.secrets, *_files(home.secrets), *_files(home.root / "audit")]
    open_ones = [path for path in private if path.exists() and path.stat().st_mode & 0o077]
    for path in open_ones:
        message = f"{path.name or path} can be read by others"
        yield Finding("permissions", ok=False, message=message, repair=partial(_close, path))
    if not open_ones:
        yield Finding("permissions", ok=True, message="private")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _close(path: Path) -> str:
    path.chmod(path.stat().st_mode & 0o700)
    return f"{path.name or path}: for its owner only"


def keyring() -> Iterator[Finding]:
    """Whether the keyring is the one that the database was written with."""
    try:
        keys_check(using=owner_alias())
    except KeyringUnusable as error:
        yield Finding("keyring", ok=False, message=error.message)
        return
    yield Finding("keyring", ok=True, message="the database's own")


def disk() -> Iterator[Finding]:
    """Whether there is room."""
    usage = shutil.disk_usage(settings.GARNER_HOME)
    ok = usage.free >= LEAST_BYTES and usage.free >= LEAST_SHARE * usage.total
    yield Finding("disk", ok=ok, message=f"{usage.free >> 20} MiB free of {usage.total >> 20}")


def model() -> Iterator[Finding]:
    """Whether the embedding model's files are those that were built."""
    if settings.EMBEDDING_BACKEND != "onnx":
        yield Finding("model", ok=True, message=f"the backend is {settings.EMBEDDING_BACKEND}: nothing to check here")
        return
    try:
        open_artefact(model_folder(settings.GARNER_HOME))
    except EmbeddingError as error:
        yield Finding("model", ok=False, message=type(error).__name__, repair=_rebuild_model)
        return
    yield Finding("model", ok=True, message="its files have the recorded SHA-256")


def _rebuild_model() -> str:
    rebuild_model(settings.GARNER_HOME)
    return "the model was built anew"


def valkey() -> Iterator[Finding]:
    """Whether Valkey answers, and may forget only what has an end."""
    client = redis.Redis.from_url(settings.REDIS_URL.url(), socket_timeout=3, socket_connect_timeout=3)
    try:
        client.ping()
        policy = str(client.config_get("maxmemory-policy").get("maxmemory-policy", ""))
    finally:
        client.close()
    ok = policy.startswith("volatile") or policy == "noeviction"
    yield Finding("valkey", ok=ok, message=f"answers; maxmemory-policy is {policy}")
