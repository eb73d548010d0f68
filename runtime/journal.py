"""What the processes say: one file of JSON lines each, rotated by size, and the sentences that a person
should see.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

import clock

FILE_BYTES = 10 * 2**20
FILES_KEPT = 3
"""With the current one, a process's logs take at most 40 MB."""

_SUPERVISOR = "up"
_POSTGRES = re.compile(r"(?:\[(?P<pid>\d+)\] )?(?P<level>[A-Z]+\d?): +(?P<event>.*)")
_POSTGRES_LEVELS = {"WARNING": "warning", "ERROR": "error", "FATAL": "error", "PANIC": "critical"}
_VALKEY = re.compile(r"(?P<pid>\d+):\w \d+ \w+ \d+ [\d:.]+ (?P<level>[-.*#]) (?P<event>.*)")
_VALKEY_LEVELS = {".": "debug", "-": "info", "*": "info", "#": "warning"}


class Journal:
    """The log files of one home, and the terminal.

    The terminal gets the supervisor's sentences; with `verbose`, every line of every process too.
    """

    def __init__(self, folder: Path, *, verbose: bool = False, terminal: TextIO | None = None) -> None:
        self._folder = folder
        self._verbose = verbose
        self._terminal = terminal or sys.stderr
        self._files: dict[str, RotatingFileHandler] = {}

    def say(self, sentence: str, *, level: str = "info", **fields: object) -> None:
        """A sentence of the supervisor's own, for its log and for the terminal."""
        self._write(_SUPERVISOR, _dump(_SUPERVISOR, level, sentence, fields))
        print(sentence, file=self._terminal, flush=True)

    def line(self, program: str, raw: str) -> str:
        """Log one line of a process's output; return its text without the trimmings, for a message to a
        person.
        """
        shape = _SHAPES.get(program, _shape_python)
        event, record = shape(program, raw)
        self._write(program, record)
        if self._verbose:
            print(record, file=self._terminal, flush=True)
        return event

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _write(self, program: str, record: str) -> None:
        file = self._files.get(program)
        if file is None:
            path = self._folder / f"{program}.log"
            file = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
            self._files[program] = file
        file.emit(logging.makeLogRecord({"msg": record}))


def _dump(program: str, level: str, event: str, fields: Mapping[str, object]) -> str:
    stamp = clock.now().isoformat().replace("+00:00", "Z")
    record = {"program": program, "event": event, "level": level, "timestamp": stamp, **fields}
    return json.dumps(record, ensure_ascii=False)


def _shape_python(program: str, raw: str) -> tuple[str, str]:
    """A line of ours is JSON already and only gets its program's name; anything else (a traceback) is
    wrapped.
    """
    if raw.startswith("{") and raw.endswith("}"):
        try:
            record = json.loads(raw)
        except ValueError:
            pass
        else:
            return str(record.get("event", raw)), json.dumps({"program": program, **record}, ensure_ascii=False)
    return raw, _dump(program, "info", raw, {})


def _shape_postgres(program: str, raw: str) -> tuple[str, str]:
    return _shape_server(program, raw, _POSTGRES.fullmatch(raw), _POSTGRES_LEVELS)


def _shape_valkey(program: str, raw: str) -> tuple[str, str]:
    return _shape_server(program, raw, _VALKEY.fullmatch(raw), _VALKEY_LEVELS)


def _shape_server(program: str, raw: str, found: re.Match[str] | None, levels: dict[str, str]) -> tuple[str, str]:
    if found is None:
        return raw, _dump(program, "info", raw, {})
    pid = {"pid": int(found["pid"])} if found["pid"] else {}
    return found["event"], _dump(program, levels.get(found["level"], "info"), found["event"], pid)


_SHAPES: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "postgres": _shape_postgres,
    "valkey": _shape_valkey,
}
