"""A text says at its beginning what it is about: long ones carry their beginning's vector in their own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from embedding import embed, encoder
from grains.reading import LEAD, LEAD_FROM, LEAD_SHARE, WHOLE, Previous, Text, read

BEGINNING = "I am building a shed behind the garage for the two bicycles. "
REST = "The weather has been mild, and lunch was late again, which nobody minded much. "


def long_text(pieces: int) -> str:
    text = BEGINNING
    while encoder().count([text])[0] <= pieces:
        text += REST
    return text.strip()


def vector(text: str) -> NDArray[np.float32]:
    (own,) = embed([text], scope="beginnings", operation="query")
    return np.asarray(own, np.float32)


@pytest.mark.parametrize("pieces", [LEAD_FROM, WHOLE])
def test_a_long_text_carries_its_beginning(pieces):
    text = long_text(pieces)
    (reading,) = read([Text(text, "")], scope="beginnings")
    lead = encoder().windows(text, LEAD, 0)[0].of(text)
    expected = (1 - LEAD_SHARE) * vector(text) + LEAD_SHARE * vector(lead)
    assert lead.startswith("I am building a shed")
    assert reading.vectors[0] == pytest.approx(expected, abs=0.02)
    assert reading.vectors[0] @ vector("building a shed") > vector(text) @ vector("building a shed")


def test_its_windows_are_as_they_are():
    text = long_text(2 * WHOLE)
    (reading,) = read([Text(text, "")], scope="beginnings")
    assert len(reading.vectors) == len(encoder().windows(text, 200, 40))
    assert np.linalg.norm(reading.vectors[1:], axis=1) == pytest.approx(1, abs=1e-3)


def test_a_short_text_and_a_turn_in_its_context_carry_none():
    short = "Ana keeps the spare key under the blue pot."
    turn = Text(long_text(LEAD_FROM), "", Previous(1, "Where do the bicycles go?", 6))
    plain, in_context = read([Text(short, ""), turn], scope="beginnings")
    assert plain.vectors[0] == pytest.approx(vector(short), abs=0.02)
    assert in_context.context_number == 1
