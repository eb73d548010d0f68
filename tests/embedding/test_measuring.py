"""The measuring command prints what it says, from a file of memories or without one."""

import gzip
import json
import subprocess
import sys

import pytest

from embedding.calibration import calibration_texts
from embedding.measure import read_texts


def test_texts_are_taken_evenly_from_the_whole_file(tmp_path):
    path = tmp_path / "set.jsonl.gz"
    lines = [{"memories": [{"text": f"{line}-{n}"} for n in range(50)]} for line in range(4)]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    texts = read_texts(path, 20)
    assert len(texts) == 20
    assert {text.split("-")[0] for text in texts} == {"0", "1", "2", "3"}
    assert len(read_texts(path, 1000)) == 200


def test_plain_files_are_read_too(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text('{"memories": [{"text": "é"}]}\n', encoding="utf-8")
    assert read_texts(path) == ["é"]


def test_without_a_file_the_calibrations_texts_are_used():
    assert read_texts(None) == calibration_texts()


@pytest.mark.slow
def test_the_command_reports_speed_memory_and_accuracy(model_folder):
    command = [sys.executable, "-m", "embedding.measure", "--home", str(model_folder.parent.parent)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    for word in ("cold load", "20 tokens", "a CPU second", "first_percentile"):
        assert word in result.stdout
