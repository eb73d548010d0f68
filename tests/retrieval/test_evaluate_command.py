"""`manage.py evaluate`: figures anybody can make on a set of their own."""

import io
import json
import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Namespace

FACTS = [
    "The spare key hangs behind the blue flower pot.",
    "Dario is allergic to walnuts and hazelnuts.",
    "The boiler was serviced by Nordheim in March.",
    "Standup moved to half past nine on Tuesdays.",
    "The build server is called kestrel and runs Debian.",
    "Grandmother's bread recipe needs a long cold rise.",
]
QUESTIONS = [
    ("Where is the spare key?", 0),
    ("Which nuts can Dario not eat?", 1),
    ("Who serviced the boiler?", 2),
    ("When is standup on Tuesdays?", 3),
]


def line(id_, facts, questions):
    memories = [{"id": str(n), "text": text} for n, text in enumerate(facts)]
    queries = [{"text": text, "category": "plain", "relevant": [str(n)]} for text, n in questions]
    queries.append({"text": "What colour is the neighbour's car?", "category": "abstention", "relevant": []})
    return json.dumps({"id": id_, "memories": memories, "queries": queries}) + "\n"


@pytest.fixture
def facts(tmp_path):
    path = tmp_path / "facts.jsonl"
    path.write_text(line("home", FACTS, QUESTIONS))
    return path


@pytest.fixture
def strangers(tmp_path):
    path = tmp_path / "strangers.jsonl"
    path.write_text(line("sea", ["Tides rise twice a day."], [("How often do tides rise at the harbour?", 0)]))
    return path


def run(*words, **options):
    out = io.StringIO()
    call_command("evaluate", *words, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def test_the_namespaces_of_a_run_go_afterwards(db, facts):
    run(facts)
    assert not Namespace.objects.filter(name__startswith="evaluation-").exists()


def test_each_ranking_has_its_row(db, facts):
    said = run(facts, channels=True, profiles=True)
    for name in ("fused", "vector", "words", "memoryoss", "memex", "flux"):
        assert re.search(rf"^\| {name} \|.*\d", said, re.MULTILINE), name


def test_a_signal_that_matters_is_missed_when_it_is_left_out(db, facts, tmp_path):
    run(facts, ablate=True, json=tmp_path / "out.json")
    means = {name: row["mean"] for name, row in json.loads((tmp_path / "out.json").read_text())["rankers"].items()}
    assert means["fused"]["recall@10"] == 1
    assert "without words" in means
    assert means["without vector"]["mrr"] <= means["fused"]["mrr"]


def test_questions_of_another_set_are_judged(db, facts, strangers, tmp_path):
    run(facts, off_topic=strangers, json=tmp_path / "out.json")
    decisions = json.loads((tmp_path / "out.json").read_text())["decisions"]
    assert {kind: row["n"] for kind, row in decisions.items()} == {"answerable": 4, "unanswerable": 1, "off-topic": 2}
    assert decisions["off-topic"]["auroc"] == 1


def test_the_page_shows_every_plot_and_needs_nothing_from_elsewhere(db, facts, strangers, tmp_path):
    page = tmp_path / "report.html"
    run(facts, channels=True, ablate=True, off_topic=strangers, html=page)
    text = page.read_text()
    assert text.count("<svg") == 6
    assert "Calibration" in text
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"https?:", text.replace("http://www.w3.org", ""))


@pytest.mark.parametrize(
    "options",
    [
        {"at_least": ["recall@5=1.01"]},
        {"at_least": ["sense=1"]},
        {"at_least": ["recall@5=much"]},
        {"not_under_channels": ["sense"]},
    ],
)
def test_a_bound_that_is_not_met_or_no_bound_fails(db, facts, options):
    with pytest.raises(CommandError):
        run(facts, **options)


def test_bounds_that_are_met_pass(db, facts):
    run(facts, at_least=["recall@10=.99"], not_under_channels=["recall@10"])


def test_a_set_that_asks_nothing_is_refused(db, tmp_path):
    path = tmp_path / "mute.jsonl"
    path.write_text(line("home", FACTS, []))
    with pytest.raises(CommandError, match="asks nothing"):
        run(path)


def test_a_set_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError, match=r"gone\.jsonl"):
        run(tmp_path / "gone.jsonl")


def test_several_sets_in_one_namespace_are_judged_one_by_one(db, facts, strangers, tmp_path):
    said = run(facts, strangers, pool="one", channels=True, not_under_channels=["recall@10"])
    assert "strangers.jsonl: plain" in said
    assert re.search(r"^facts\.jsonl$", said, re.MULTILINE)
    with pytest.raises(CommandError, match=r"Too low on facts\.jsonl"):
        run(facts, strangers, pool="one", at_least=["recall@5=1.01"])


def test_two_sets_of_one_name_are_refused(db, facts, tmp_path):
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / facts.name
    twin.write_text(facts.read_text())
    with pytest.raises(CommandError, match="same name"):
        run(facts, twin)
