"""What Garner is made of: pinned, each for a reason, free to be passed on; and the audit is honest about its limits."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "requirements").glob("*.txt"))
PERMISSIVE = re.compile(r"MIT|BSD|Apache|PSF|Unlicense|0BSD|Zlib|CC0|ISC|Python Software", re.IGNORECASE)
# Used as libraries, unchanged: these licences ask for nothing of a program that does no more.
WEAK_COPYLEFT = {
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "python-crontab": "LGPLv3",
    "orjson": "MPL-2.0 AND (Apache-2.0 OR MIT)",
    "tqdm": "MPL-2.0 AND MIT",
}


def lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line.strip() and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_says_what_it_is_for(file):
    for line in lines(file):
        assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+  # \S.*", line), line


def everything(name: str, extras: tuple[str, ...] = (), seen: set[str] | None = None) -> Iterator[str]:
    """The names of a package and of all that it brings here."""
    seen = set() if seen is None else seen
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    yield key
    for text in distribution(name).requires or []:
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            try:
                yield from everything(wanted.name, tuple(wanted.extras), seen)
            except PackageNotFoundError:
                continue  # an extra that nobody asked for


def licence_of(name: str) -> str:
    about = distribution(name).metadata.json
    classifiers = [text.rpartition(" :: ")[2] for text in about.get("classifier", []) if "License ::" in text]
    told = about.get("license_expression") or "; ".join(classifiers) or about.get("license", "")
    return str(told).partition("\n")[0]


def running() -> set[str]:
    seen: set[str] = set()
    for line in lines(ROOT / "requirements" / "base.txt"):
        wanted = Requirement(line.partition("#")[0])
        list(everything(wanted.name, tuple(wanted.extras), seen))
    return seen


def test_everything_that_runs_may_be_passed_on():
    found = {name: licence_of(name) for name in running()}
    assert len(found) > 60, "the test must find what the requirements bring"
    refused = {name: text for name, text in found.items() if not PERMISSIVE.search(text)}
    mixed = {name: text for name, text in found.items() if re.search(r"GPL|MPL", text)}
    assert {name: WEAK_COPYLEFT.get(name) for name in refused | mixed} == refused | mixed


def audited(**environ: str) -> subprocess.CompletedProcess[str]:
    ours = {"BIN": str(Path(sys.executable).parent), "GARNER_AUDIT_PROBE": "http://127.0.0.1:1/"}
    return subprocess.run(
        [ROOT / ".ci" / "audit"], env={**os.environ, **ours, **environ}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_an_audit_that_could_not_be_made_says_so_and_fails_where_it_is_required():
    told, required = audited(), audited(GARNER_AUDIT="required")
    assert "NOT AUDITED" in told.stderr
    assert "NOT AUDITED" in required.stderr
    assert required.returncode == 1
    assert told.returncode == 0, told.stdout
