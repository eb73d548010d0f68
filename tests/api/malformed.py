"""Bodies that no client should send, made from a seed: the same ones each time."""

import gzip
import json
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

WORDS = ["content", "query", "tags", "ids", "id", "memories", "limit", "metadata", "trace_id", "ratings", "namespace"]
WORDS += [
    "agent_id",
    "user_id",
    "importance",
    "embedding",
    "weights",
    "before",
    "cursor",
    "grain_id",
    "context",
    "top_k",
]
STRANGE = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u202e",
    "😀" * 50,
    "x" * 70_000,
    "9" * 400,
    "../../etc",
    "%00",
    "'; --",
]
NUMBERS = [
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e999",
    "1e-999",
    "9" * 400,
    "9223372036854775808",
    "0.1e1",
    "1.7976931348623159e308",
]


@dataclass(frozen=True, slots=True)
class Body:
    """A body with the headers that go with it."""

    content: bytes
    headers: dict[str, str] = field(default_factory=dict)


Dice = random.Random
Maker = Callable[[Dice], Body]


def value(dice: Dice, depth: int = 0) -> Any:
    """Any JSON value, of the wrong type more often than not."""
    kinds: list[Callable[[], Any]] = [
        lambda: dice.choice(STRANGE),
        lambda: dice.choice([True, False, None, 0, -1, 1.5, 2**63, 10**30, 1e308]),
        lambda: dice.choice(["2026-13-45", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59+14:00", "not-a-uuid"]),
        lambda: "00000000-0000-0000-0000-000000000000",
        lambda: [value(dice, depth + 1) for _ in range(dice.randint(0, 4))],
        lambda: {dice.choice([*WORDS, *STRANGE[:4]]): value(dice, depth + 1) for _ in range(dice.randint(0, 4))},
    ]
    return dice.choice(kinds if depth < 4 else kinds[:4])()


def document(dice: Dice) -> dict[str, Any]:
    """An object with our field names and anything in them."""
    return {name: value(dice) for name in dice.sample(WORDS, dice.randint(1, 6))}


def plain(dice: Dice) -> Body:
    return Body(json.dumps(document(dice)).encode())


def nearly(dice: Dice) -> Body:
    """What an endpoint needs, and one or two fields of anything."""
    needed = {"content": f"a fact {dice.random()}", "query": "a fact", "agent_id": "a", "user_id": "u"}
    strange = {name: value(dice) for name in dice.sample(WORDS[2:], dice.randint(1, 2))}
    return Body(json.dumps({**needed, **strange}).encode())


def surrogates(dice: Dice) -> Body:
    lone = dice.choice(["\\ud800", "\\udfff", "\\udc00\\ud800", "x\\uDBFF"])
    return Body(f'{{"{dice.choice(WORDS)}": "{lone}", "content": "{lone}", "query": "{lone}"}}'.encode())


def numbers(dice: Dice) -> Body:
    number = dice.choice([*NUMBERS, "NaN", "Infinity", "-Infinity", "01", "+1", "0x10", ".5", "1."])
    return Body(f'{{"{dice.choice(WORDS)}": {number}, "content": "x", "query": "x"}}'.encode())


def deep(dice: Dice) -> Body:
    depth, (opening, closing) = dice.choice([10, 500, 1_500, 100_000]), dice.choice(["[]", ('{"a":', "}")])
    inner = opening * depth + "1" + closing * dice.choice([depth, 0])
    return Body(f'{{"metadata": {inner}, "content": "x", "query": "x"}}'.encode())


def truncated(dice: Dice) -> Body:
    whole = plain(dice).content
    return Body(whole[: dice.randint(0, len(whole))])


def noise(dice: Dice) -> Body:
    return Body(dice.randbytes(dice.randint(0, 400)))


def flipped(dice: Dice) -> Body:
    whole = bytearray(plain(dice).content)
    for _ in range(dice.randint(1, 4)):
        whole[dice.randrange(len(whole))] = dice.randrange(256)
    return Body(bytes(whole))


def encoded(dice: Dice) -> Body:
    text = json.dumps(document(dice), ensure_ascii=False)
    charset = dice.choice(["utf-16", "utf-32", "utf-8-sig", "utf-7", "latin-1", "cp500"])
    return Body(text.encode(charset, "replace"), {"content-type": f"application/json; charset={charset}"})


def compressed(dice: Dice) -> Body:
    bomb = b'{"content": "' + b"x" * dice.choice([10, 10_000_000]) + b'"}'
    name, pack = dice.choice(PACKERS)
    packed = pack(bomb) if len(bomb) < 1000 else _BOMBS.setdefault(name, pack(bomb)[:1_000_000])
    return Body(packed, {"content-encoding": name})


_BOMBS: dict[str, bytes] = {}
PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("br", bytes),
    ("gzip, gzip", bytes),
]


def large(dice: Dice) -> Body:
    size = dice.choice([70_000, 1_000_000, 2 * 1024 * 1024 - 20, 2 * 1024 * 1024 + 1])
    return Body(b'{"content": "' + b"x" * size + b'"}')


def other_types(dice: Dice) -> Body:
    kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/xml",
        "a/b/c",
        "\xff",
    ]
    return Body(plain(dice).content, {"content-type": dice.choice(kinds)})


def top_level(dice: Dice) -> Body:
    return Body(
        dice.choice([b"", b"null", b"[]", b"1", b'"x"', b"true", b"{}", b"[{}]", b"{}{}", b"\x00", b"{" * 5000])
    )


def repeated(dice: Dice) -> Body:
    return Body(b'{"content": "a", "content": ["b"], "query": 1, "query": "x", "tags": "no list"}')


# How often each kind is drawn; the dear ones (two megabytes) seldom.
KINDS: list[tuple[Maker, int]] = [
    (plain, 20),
    (nearly, 20), (surrogates, 8), (numbers, 10), (deep, 4), (truncated, 12), (noise, 8), (flipped, 12),
    (encoded, 5), (compressed, 3), (large, 1), (other_types, 5), (top_level, 5), (repeated, 1),
]  # fmt: skip


def malformed(dice: Dice) -> Body:
    """A body of a kind drawn by KINDS."""
    makers: list[Maker] = [maker for maker, _ in KINDS]
    chosen: Maker = dice.choices(makers, [weight for _, weight in KINDS])[0]
    return chosen(dice)
