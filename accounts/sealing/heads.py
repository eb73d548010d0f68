"""The heads of all chains, kept outside the database: a log that was cut short does not reach them any more.

`$GARNER_HOME/audit/heads.jsonl` is appended to after each round, with one fsync, and rewritten whole when it has
grown. A line that a crash cut off is left out: the head before it is a head too.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO

from django.conf import settings

REWRITE_FROM = 4 * 1024 * 1024  # bytes; some 40,000 lines


@dataclass(slots=True)
class Heads:
    """What the file says: by namespace the last seal's number and MAC, by log when it was looked at last."""

    seals: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    lines: dict[str, tuple[int, datetime]] = field(default_factory=dict)


def path() -> Path:
    """Where the heads are kept."""
    return Path(settings.GARNER_HOME) / "audit" / "heads.jsonl"


@dataclass(slots=True)
class _Kept:
    """What this process has read of the file, so that a round reads only what was added since."""

    file: tuple[str, int] = ("", 0)  # path and inode
    read: int = 0  # bytes
    heads: Heads = field(default_factory=Heads)


_kept = _Kept()
_reading = Lock()


def heads_read() -> Heads:
    """The newest head of each chain; nothing where no file is. A copy: nobody else adds to it."""
    with _reading:
        try:
            with path().open("rb") as file:
                _read_on(file)
        except FileNotFoundError:
            return Heads()
        return Heads(dict(_kept.heads.seals), dict(_kept.heads.lines))


def _read_on(file: IO[bytes]) -> None:
    """Take in what was appended; another file of that name is read from its start."""
    found = os.fstat(file.fileno())
    this = str(path()), found.st_ino
    if this != _kept.file or found.st_size < _kept.read:
        _kept.file, _kept.read, _kept.heads = this, 0, Heads()
    file.seek(_kept.read)
    whole, newline, _ = file.read().rpartition(b"\n")  # a line without its end is being written, or was cut off
    _parse(whole.decode(errors="replace"), _kept.heads)
    _kept.read += len(whole) + len(newline)


def heads_add(seals: Mapping[int, tuple[int, bytes]], lines: Mapping[str, tuple[int, datetime]]) -> None:
    """Append heads; on return they are on disk if there is a seal among them."""
    written = [json.dumps({"namespace": ns, "n": n, "mac": mac.hex()}) for ns, (n, mac) in seals.items()]
    written += [json.dumps({"log": log, "xid": xid, "at": at.isoformat()}) for log, (xid, at) in lines.items()]
    with _locked() as file:
        file.write("".join(f"{line}\n" for line in written))
        file.flush()
        if seals:
            os.fsync(file.fileno())
        large = file.tell() > REWRITE_FROM
    if large:
        _rewrite()


def _parse(text: str, heads: Heads) -> None:
    for line in text.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # cut off by a crash
        if "namespace" in said:
            heads.seals[said["namespace"]] = said["n"], bytes.fromhex(said["mac"])
        else:
            heads.lines[said["log"]] = said["xid"], datetime.fromisoformat(said["at"])


def _rewrite() -> None:
    """One line a head: written beside the file, then put in its place."""
    with _locked() as file:
        heads = Heads()
        _parse(path().read_text(), heads)
        fresh = path().with_suffix(".fresh")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            for namespace_id, (n, mac) in heads.seals.items():
                new.write(json.dumps({"namespace": namespace_id, "n": n, "mac": mac.hex()}) + "\n")
            for log, (xid, at) in heads.lines.items():
                new.write(json.dumps({"log": log, "xid": xid, "at": at.isoformat()}) + "\n")
            new.flush()
            os.fsync(new.fileno())
        file.flush()
        fresh.replace(path())


@contextmanager
def _locked() -> Iterator[IO[str]]:
    """The file, open for appending, held against other sealers; the one that has the name when the lock is got."""
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path().exists() and path().stat().st_ino == os.fstat(file.fileno()).st_ino:
                yield file
                return
