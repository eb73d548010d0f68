"""Memories in any language are found by their words, whatever the encoder understands of them."""

from collections.abc import Callable

import pytest

from tests.people import Person

FACTS = {
    "zh": "钥匙在厨房的抽屉里。",
    "ja": "会議は木曜日の午後三時です。",
    "ko": "비밀번호는 매달 바뀝니다.",
    "th": "แมวนอนบนโซฟา",
    "de": "Die Straßenbahn hält an der Müllerstraße.",
    "hi": "हमारी दुकान सोमवार को बंद रहती है।",
    "ar": "المفتاح تحت السجادة",
    "ru": "Собака спит на балконе.",
    "digits": "4711 0815 2093",
    "emoji": "🦜 Coco 🦜",
}
NOISE = ["你好世界", "明日は雨です", "Die Katze schläft.", "हम चाय पीते हैं।", "Он читает книгу.", "1234 5678 9999"]


@pytest.fixture(scope="module")
def polyglot(newcomer: Callable[..., Person]) -> Person:
    holder = newcomer("polyglot")
    holder.store_batch(*({"content": text} for text in [*FACTS.values(), *NOISE]))
    return holder


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("厨房", "zh"),
        ("钥匙在哪里", "zh"),
        ("会議はいつ", "ja"),
        ("木曜日", "ja"),
        ("비밀번호", "ko"),
        ("โซฟา", "th"),
        ("müllerstrasse", "de"),
        ("STRASSENBAHN", "de"),
        ("Mu\u0308llerstraße", "de"),
        ("सोमवार", "hi"),
        ("दुकान कब बंद", "hi"),
        ("السجادة", "ar"),
        ("собака", "ru"),
        ("0815", "digits"),
        ("coco", "emoji"),
    ],
)
def test_a_memory_is_found_first_by_its_own_words(polyglot: Person, query: str, language: str) -> None:
    assert polyglot.recall(query)[0] == FACTS[language]


def test_content_comes_back_as_it_was_written(alice: Person) -> None:
    for text in FACTS.values():
        assert alice.inspect(alice.store(text)["id"])["content"] == text
