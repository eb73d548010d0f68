"""LoCoMo as its authors publish it."""

import json
from datetime import UTC, datetime

import pytest

from retrieval.evaluation.sets import BadSet, conversations

SAMPLE = {
    "sample_id": "conv-1",
    "conversation": {
        "speaker_a": "Ana",
        "speaker_b": "Ben",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ana", "dia_id": "D1:1", "text": "Look at my dog!", "blip_caption": "a dog on a beach"},
            {"speaker": "Ben", "dia_id": "D1:2", "text": "Lovely."},
        ],
        "session_10_date_time": "12:05 am on 1 June, 2023",
        "session_10": [{"speaker": "Ben", "dia_id": "D10:1", "text": "I moved to Oslo."}],
        "session_2_date_time": "9:00 am on 9 May, 2023",
        "session_2": [{"speaker": "Ana", "dia_id": "D2:1", "text": "Tea?"}],
        "session_3_date_time": "9:00 am on 10 May, 2023",
        "session_3": [],
    },
    "qa": [
        {"question": "Where did Ben move?", "answer": "Oslo", "evidence": ["D10:1"], "category": 4},
        {"question": "What did they say?", "answer": "x", "evidence": ["D1:1; D:2:01", "D99:1"], "category": 1},
        {"question": "What did Ana move?", "adversarial_answer": "x", "evidence": ["D10:1"], "category": 5},
        {"question": "Who knows?", "answer": "x", "evidence": [], "category": 3},
    ],
}


@pytest.fixture
def conversation(tmp_path):
    path = tmp_path / "locomo10.json"
    path.write_text(json.dumps([SAMPLE]))
    (read,) = conversations(path)
    return read


def test_turns_come_in_the_order_of_their_sessions(conversation):
    assert [memory.id for memory in conversation.memories] == ["D1:1", "D1:2", "D2:1", "D10:1"]
    assert [memory.session for memory in conversation.memories] == ["s1", "s1", "s2", "s10"]


def test_a_turn_has_its_speaker_its_time_and_its_image(conversation):
    first, second, *_ = conversation.memories
    assert first.text == "Ana: Look at my dog! [shared image: a dog on a beach]"
    assert second.text == "Ben: Lovely."
    assert first.author == "Ana"
    assert first.occurred_at == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert conversation.memories[-1].occurred_at == datetime(2023, 6, 1, 0, 5, tzinfo=UTC)


def test_evidence_is_read_as_people_wrote_it(conversation):
    hop, *_ = [query for query in conversation.queries if query.category == "multi-hop"]
    assert hop.relevant == {"D1:1", "D2:1"}  # D99:1 is no turn


def test_questions_without_evidence_are_left_out(conversation):
    assert [query.category for query in conversation.queries] == ["single-hop", "multi-hop", "adversarial"]


BROKEN = {**SAMPLE, "qa": [{"evidence": ["D1:1"]}]}


@pytest.mark.parametrize("text", ["{", "5", '[{"sample_id": 1}]', '["x"]', json.dumps([BROKEN])])
def test_what_is_no_locomo_is_named(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(BadSet, match=r"other\.json"):
        list(conversations(path))
