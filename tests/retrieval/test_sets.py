"""Evaluation sets on disk."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from retrieval.evaluation.sets import BadSet, conversations

ROW = {
    "id": "c1",
    "memories": [
        {"id": "1", "text": "tea", "author": "Ana", "session": "s", "ts": "2023-05-08T13:56:00+00:00"},
        {"id": "2", "text": "milk"},
    ],
    "queries": [{"text": "what?", "category": "plain", "relevant": ["1"]}],
}


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_conversation_is_read(tmp_path):
    (conversation,) = conversations(written(tmp_path / "set.jsonl", ROW))
    first, second = conversation.memories
    assert first.occurred_at == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert (second.author, second.session, second.occurred_at) == ("", "", None)
    assert conversation.queries[0].relevant == {"1"}


def test_a_gzipped_set_is_the_same_set(tmp_path):
    plain = written(tmp_path / "set.jsonl", ROW, {**ROW, "id": "c2"})
    packed = tmp_path / "set.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(conversations(packed)) == list(conversations(plain))


def test_empty_lines_are_passed_over(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text("\n" + json.dumps(ROW) + "\n\n")
    assert len(list(conversations(path))) == 1


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "x"}', json.dumps({**ROW, "memories": [{"id": "1"}]}), json.dumps({**ROW, "memories": []})],
)
def test_a_bad_line_is_named(tmp_path, line):
    path = tmp_path / "set.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + line + "\n")
    with pytest.raises(BadSet, match=r"set\.jsonl, line 2"):
        list(conversations(path))


def test_a_moment_without_a_zone_is_utc(tmp_path):
    memory = {"id": "1", "text": "tea", "ts": "2023-05-08T13:56:00"}
    (conversation,) = conversations(written(tmp_path / "s.jsonl", {**ROW, "memories": [memory]}))
    assert conversation.memories[0].occurred_at == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
