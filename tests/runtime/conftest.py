import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.tiny import Bench, bench_in


@pytest.fixture(autouse=True)
def short_folder(monkeypatch) -> Iterator[Path]:
    """Where homes with long names put their short links, swept away afterwards."""
    folder = tempfile.mkdtemp(prefix="garner-test-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture
def bench(tmp_path) -> Bench:
    return bench_in(tmp_path)
