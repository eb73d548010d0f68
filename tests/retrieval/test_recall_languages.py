"""Memories in any language are found by their words, whatever the encoder understands of them."""

from collections.abc import Callable

import pytest

from grains.drafts import Draft
from grains.services.store import grain_store_batch
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


WHO = ["李雷", "韩梅梅", "王芳", "张伟", "刘洋", "陈静", "杨帆", "赵敏", "孙悦", "周杰"]
WHAT = ["钥匙", "雨伞", "护照", "手机", "钱包", "眼镜", "照相机", "自行车", "吉他", "字典"]
WHERE = ["厨房", "卧室", "办公室", "图书馆", "车库", "阳台", "地下室"]


@pytest.fixture(scope="module")
def chinese(newcomer: Callable[..., Person]) -> tuple[Person, dict[tuple[str, str], str]]:
    """A hundred like facts in a script that the encoder cannot read."""
    holder = newcomer("chinese")
    pairs = [(who, what) for who in WHO for what in WHAT]
    facts = {pair: f"{pair[0]}把{pair[1]}放在{WHERE[n % 7]}里了。" for n, pair in enumerate(pairs)}
    grain_store_batch(caller=holder.caller, drafts=[Draft(text) for text in facts.values()])
    return holder, facts


def test_words_decide_where_the_encoder_cannot_read(chinese: tuple[Person, dict[tuple[str, str], str]]) -> None:
    holder, facts = chinese
    asked = list(facts.items())[::7]
    first = [holder.recall(f"{who}的{what}在哪里？", limit=1) == [text] for (who, what), text in asked]
    assert all(first)


def test_a_question_in_such_a_script_is_judged_by_its_words(chinese: tuple[Person, dict[tuple[str, str], str]]) -> None:
    holder, _ = chinese
    assert holder.recalled("李雷的钥匙在哪里？")["decision"] == "inject"
    assert holder.recalled("长城有多长？")["decision"] == "abstain"


def test_an_english_question_among_them_is_still_understood(alice: Person) -> None:
    alice.store_batch(*({"content": f"{who}很喜欢{what}"} for who in WHO for what in WHAT[:3]))
    alice.store("Our office cat is called Minerva.")
    assert alice.recall("What is the name of the pet at work?")[0] == "Our office cat is called Minerva."
