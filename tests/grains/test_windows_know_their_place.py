"""A window's place in its content is kept, so that a recall can show it."""

from itertools import pairwise
from typing import Any

from accounts.door import tenant
from grains.models import Passage
from grains.reading import Text, read
from tests.people import Person

SENTENCE = "The committee met, and then it met again, and the minutes say the same. "


def places(person: Person) -> list[tuple[Any, Any]]:
    with tenant(person.caller):
        return list(Passage.objects.order_by("n").values_list("start", "stop"))


def test_windows_cover_the_text_in_order_and_overlap(alice: Person) -> None:
    text = (SENTENCE * 80).strip()
    alice.store(text)
    (whole, *windows) = places(alice)
    assert whole == (None, None)
    assert len(windows) > 3
    assert windows[-1][1] == len(text)
    for (start, stop), (next_start, next_stop) in pairwise(windows):
        assert start < next_start < stop < next_stop


def test_a_short_text_has_one_passage_without_a_place(alice: Person) -> None:
    alice.store(SENTENCE)
    assert places(alice) == [(None, None)]


def test_parts_of_other_texts_have_no_place() -> None:
    (reading,) = read([Text("A summary.", "", parts=["Of this.", "Of that."])], scope="parts")
    assert (len(reading.vectors), list(reading.windows)) == (3, [])
