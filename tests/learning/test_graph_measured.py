"""The commands that measure the graph measure it."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Namespace
from tests.learning.graphs import ASKED, FACTS, KEY

pytestmark = pytest.mark.usefixtures("owner")


@pytest.fixture
def little_set(tmp_path: Path) -> Path:
    queries = [(ASKED, KEY), ("Who empties our letters?", FACTS[5]), ("Is anyone sick from nuts?", FACTS[9])]
    texts = [*FACTS, *(f"Filler {n}." for n in range(9))]
    row = {
        "id": "house",
        "memories": [{"id": str(n), "text": text} for n, text in enumerate(texts)],
        "queries": [{"text": q, "category": "fact", "relevant": [str(FACTS.index(a))]} for q, a in queries],
    }
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def printed(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_learning_curve_has_every_group_and_round_and_leaves_nothing_behind(little_set: Path) -> None:
    before = Namespace.objects.count()
    text = printed("evaluate_learning", str(little_set), "--rounds", "2")
    rows = re.findall(r"^(rated|reworded|unseen) +(\d) +([\d.]+) +([+-][\d.]+)", text, re.MULTILINE)
    assert [(group, n) for group, n, *_ in rows] == [
        (group, str(n)) for group in ("rated", "reworded", "unseen") for n in range(3)
    ]
    assert "gap closed:" in text
    assert Namespace.objects.count() == before


def test_a_set_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        printed("evaluate_learning", str(tmp_path / "none.jsonl"))


def test_what_the_graph_costs_is_printed_for_few_and_for_many_recalls() -> None:
    text = printed("measure_graph", "--grains", "60", "--rounds", "3", "--traces", "20")
    rows = [line.split() for line in text.splitlines()[1:]]
    assert [(row[0], row[2]) for row in rows] == [("60", "0"), ("60", "20")]
    costs = [[float(part) for part in cell.split("+")] for row in rows for cell in row[3:8]]
    assert all(len(parts) == 2 and sum(parts) > 0 for parts in costs)
    assert all(int(row[1]) > 600 and int(row[8]) > 0 for row in rows)
    assert not Namespace.objects.filter(name__startswith="measure-graph").exists()
