"""A fact buried late in a long memory is found, by meaning and by words."""

from tests.people import Person

FILLER = "The committee discussed the agenda, thanked the members and moved on to the following item. "
BURIED = "The launch of the satellite was postponed because the antenna had cracked. "


def long_text(before: int, after: int) -> str:
    return (FILLER * before + BURIED + FILLER * after).strip()


def test_a_fact_far_behind_the_encoders_window_is_found_by_meaning(alice: Person) -> None:
    text = long_text(60, 20)
    id_ = alice.store(text)["id"]
    alice.store_batch(*({"content": f"Minute {n}: {FILLER}".strip()} for n in range(30)))
    best = alice.recalled("Why was the spacecraft's start delayed?")["memories"][0]
    assert best["memory"]["content"] == text
    assert "vector" in best["provenance"]
    assert alice.inspect(id_)["passages"] > 4


def test_it_is_found_by_words_too(alice: Person) -> None:
    text = long_text(100, 10)
    alice.store(text)
    alice.store_batch(*({"content": f"Minute {n}: {FILLER}".strip()} for n in range(30)))
    best = alice.recalled("antenna")["memories"][0]
    assert best["memory"]["content"] == text
    assert "fts" in best["provenance"]


def test_a_long_memory_is_one_result_and_whole(alice: Person) -> None:
    text = long_text(120, 60)
    alice.store(text)
    assert alice.recall("committee agenda", limit=10) == [text]


def test_updating_and_forgetting_a_long_memory_takes_all_its_windows(alice: Person) -> None:
    id_ = alice.store(long_text(60, 20))["id"]
    alice.update(id=id_, content="Short now.")
    assert alice.inspect(id_)["passages"] == 1
    assert alice.recalled("Why was the spacecraft's start delayed?")["memories"][0]["score"] < 0.3
    assert alice.forget(ids=[id_]) == {"deleted": 1}


QUESTION = "Why was the spacecraft's start delayed?"


def test_it_shows_the_part_that_answers(alice: Person) -> None:
    text = long_text(60, 40)
    alice.store(text)
    (found,) = alice.recalled(QUESTION)["memories"]
    passage = found["passage"]
    assert BURIED.strip() in passage["text"]
    assert passage["text"] == text[passage["start"] : passage["end"]]
    assert len(passage["text"]) < len(text) / 3


def test_the_part_is_of_the_version_looked_at(alice: Person) -> None:
    old, new = long_text(60, 40), long_text(20, 80)
    id_ = alice.store(old)["id"]
    before = alice.inspect(id_)["updated_at"]
    alice.update(id=id_, content=new)
    for as_of, text in ((before, old), (None, new)):
        (found,) = alice.recalled(QUESTION, **({"as_of": as_of} if as_of else {}))["memories"]
        assert found["memory"]["content"] == text
        assert found["passage"]["start"] < text.index(BURIED) < found["passage"]["end"]


def test_a_short_memory_has_no_part(alice: Person) -> None:
    alice.store(FILLER.strip())
    assert "passage" not in alice.recalled("committee agenda")["memories"][0]


def test_an_agent_sees_the_part(alice: Person) -> None:
    from mcp_bridge.rendering import recall_shape
    from retrieval.recall import recall
    from retrieval.search import Search

    alice.store(long_text(60, 40))
    (found,) = recall_shape(recall(caller=alice.caller, search=Search(QUESTION)))["memories"]
    assert BURIED.strip() in (found["passage"] or "")
