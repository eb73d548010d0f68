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
