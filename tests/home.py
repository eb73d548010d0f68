"""The test session's own home, chosen before Django reads its settings (loaded by `-p tests.home`).

Each session locks one of a few folders, so that two sessions on one machine never share a database.
"""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from accounts.keyring import Keyring
from runtime.paths import Home

ROOT = Path(__file__).resolve().parent.parent
_locks: list[TextIO] = []


def _free_home() -> Path:
    base = Path(os.environ.get("GARNER_TEST_HOME", ROOT / ".test-home"))
    for n in range(1, 9):
        home = base / str(n)
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "session.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        _locks.append(lock)  # held until the process ends
        return home
    raise RuntimeError("eight test sessions are running already")


for name in ("DATABASE_URL", "REDIS_URL", "GARNER_APP_DATABASE_URL", "GARNER_OWNER_DATABASE_URL"):
    os.environ.pop(name, None)
# Counters outlive a run of the tests; those that test a limit set it.
os.environ |= {"GARNER_SIGN_INS_PER_MINUTE": "100000", "GARNER_TOKENS_PER_MINUTE": "100000"}
os.environ["GARNER_HOME"] = str(_free_home())
HOME = Home(Path(os.environ["GARNER_HOME"]))
HOME.create()
Keyring.create_if_missing(HOME.keyring)
