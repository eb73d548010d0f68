"""Texts to calibrate the int8 ranges with: made up here, so that a build needs no data set.

They only have to drive every channel about as far as real memories do: greetings, facts, questions,
lists, code, numbers, other scripts, one word, and runs that fill the model's 256 tokens.
"""

import random
from collections.abc import Iterator, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from embedding.graph import Float32, layer_inputs, write_model
from embedding.quantise import Extremes
from embedding.tokens import WordPieces
from embedding.weights import Tensors

SEED = 20_240_501
SENTENCES = 220

_WHO = (
    "I", "My sister Leila", "The customer", "Marcus", "Our backend team", "Dr. Okafor", "The landlord",
    "Tomasz from accounting", "The user", "Everyone on the night shift", "Grandma", "She", "A recruiter",
)  # fmt: skip
_DID = (
    "moved to {place}", "is allergic to {thing}", "prefers {thing} over {thing}", "will meet {who} {when}",
    "forgot the password of the {thing}", "paid {number} euros for {thing}", "is learning about {topic}",
    "never wants to talk about {topic} again", "broke the {thing} {when}", "rewrites {topic} in Rust",
    "was diagnosed with asthma {when}", "asked whether {topic} matters for {topic}",
)  # fmt: skip
_FILL = {
    "place": ("Lisbon", "a small flat near the harbour", "Kyoto", "the third floor", "building B-12"),
    "thing": ("peanuts", "black coffee", "the blue bicycle", "staging database", "cello", "red wine"),
    "topic": ("gradient descent", "the custody case", "sourdough", "Kubernetes ingress", "tax law", "grief"),
    "when": ("on 14 March 2023", "yesterday", "at 7:45 pm", "next Tuesday", "in 1998", "every weekend"),
    "number": ("12", "4,711", "0.5", "3 million", "€89.90", "17"),
    "who": ("her brother", "Priya", "the auditors", "nobody", "two old friends"),
}
_AS_THEY_ARE = (
    "Hey!", "ok", "lol that's great 😂", "Thanks so much, talk soon!", "?", "42", "yes", "Wow, congrats!!!",
    "What did Priya say about the merger, and when?", "How many bikes does my neighbour own?",
    "def total(rows):\n    return sum(r['price'] * r.get('n', 1) for r in rows if r)",
    "SELECT id, name FROM users WHERE created_at > '2024-01-01' ORDER BY id DESC LIMIT 10;",
    '{"error": "timeout", "code": 504, "path": "/api/v2/orders", "retry": true}',
    "Traceback (most recent call last): KeyError: 'session_id' in handler.py line 88",
    "https://example.org/a/b?c=1&d=2#frag  ssh -p 2222 root@192.0.2.7  C:\\Users\\x",
    "Ich habe am Dienstag einen Termin beim Zahnarzt, bitte erinnere mich daran.",
    "Ma fille commence l'école à Lyon en septembre; elle déteste les maths.",
    "Mi perro se llama Canela y tiene cuatro años.", "明日の会議は午後三時に変更されました。",
    "Завтра я лечу в Тбилиси на неделю.", "اجتماع الفريق يوم الأحد", "我对海鲜过敏。", "오늘은 비가 온다",
    "मुझे चाय पसंद है", "1. Wash the rice\n2. Soak it for 30 minutes\n3. Steam, then rest\n- salt\n- sesame oil",
    "### Step 2: Define the scope\n\n**Goal:** cut p95 latency from 340 ms to 120 ms by Q3.",
    "E = mc^2, x_{n+1} = x_n - f(x_n)/f'(x_n), 3.14159 ± 0.001, 10^-9 mol/L",
    "AAAAAAAA aaaa !!!!! ---- ____ ======== ....", "the the the the the the", "x", "supercalifragilistic",
    "order #A-99812-ZX, invoice 2024/0087-B, +44 20 7946 0958, 192.0.2.1, 12:30-14:00",
)  # fmt: skip


def calibration_texts() -> list[str]:
    """Always the same few hundred texts, 1 to some 500 word pieces long."""
    dice = random.Random(SEED)  # noqa: S311 - reproducible on purpose, nothing secret
    sentences = [_sentence(dice) for _ in range(SENTENCES)]
    turns = [f"{name}: {_sentence(dice)}" for name in ("Ana", "user", "Bot") for _ in range(12)]
    long = [" ".join(dice.sample(sentences, dice.randint(4, 40))) for _ in range(30)]
    mixed = ["\n".join(dice.sample(_AS_THEY_ARE, 7)) for _ in range(12)]
    return [*_AS_THEY_ARE, *sentences, *turns, *long, *mixed]


def observe(tensors: Tensors, pieces: WordPieces, texts: Sequence[str]) -> dict[str, Extremes]:
    """Run the fp32 graph over the texts; what each dense layer read, by layer name. About 5 s of CPU."""
    model = write_model(tensors, Float32(), tapped=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = layer_inputs(model)
    seen: dict[str, Extremes] = {}
    for feed in _feeds(pieces, texts):
        for name, values in zip(inputs, session.run(list(inputs.values()), feed), strict=True):
            here = Extremes(values.min(axis=(0, 1)), values.max(axis=(0, 1)))
            seen[name] = _widened(seen[name], here) if name in seen else here
    return seen


def _widened(one: Extremes, other: Extremes) -> Extremes:
    return Extremes(np.minimum(one.low, other.low), np.maximum(one.high, other.high))


def _feeds(pieces: WordPieces, texts: Sequence[str]) -> Iterator[dict[str, NDArray[np.int64]]]:
    for ids in pieces.ids(texts):
        row = np.array([ids], np.int64)
        yield {"input_ids": row, "attention_mask": np.ones_like(row)}


def _sentence(dice: random.Random) -> str:
    clause = f"{dice.choice(_WHO)} {dice.choice(_DID)}"
    while "{" in clause:
        slot = clause[clause.index("{") + 1 : clause.index("}")]
        clause = clause.replace(f"{{{slot}}}", dice.choice(_FILL[slot]), 1)
    return clause + dice.choice((".", "!", "?", " because it was raining.", ", I think."))
