"""LoCoMo as its authors publish it (Maharana et al., ACL 2024): one JSON list of samples.

Each sample has `conversation` with `session_<n>` (turns of {speaker, dia_id, text, blip_caption}) and
`session_<n>_date_time`, and `qa` with {question, evidence, category}. One dialogue turn becomes one memory; an image
is there by the caption that the set has for it. Evidence that names no turn of the conversation is left out.
"""

import re
from datetime import UTC, datetime
from typing import Any

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D:?(\d+):0*(\d+)")  # also "D:11:26" and "D8:6; D9:17", as some lines have them


def conversation_row(sample: dict[str, Any]) -> dict[str, Any]:
    """A sample as a line of our own format. Raises KeyError, TypeError or ValueError when it is none."""
    talk = sample["conversation"]
    numbers = sorted(int(match[1]) for key in talk if (match := _SESSION.fullmatch(key)) and talk[key])
    memories = [memory for number in numbers for memory in _memories(talk, number)]
    known = {memory["id"] for memory in memories}
    queries = [query for qa in sample["qa"] if (query := _query(qa, known))]
    return {"id": str(sample["sample_id"]), "memories": memories, "queries": queries}


def _memories(talk: dict[str, Any], number: int) -> list[dict[str, Any]]:
    moment = _moment(talk[f"session_{number}_date_time"])
    return [
        {
            "id": turn["dia_id"],
            "text": _text(turn),
            "author": turn["speaker"],
            "session": f"s{number}",
            "ts": moment.isoformat(),
        }
        for turn in talk[f"session_{number}"]
    ]


def _text(turn: dict[str, Any]) -> str:
    caption = turn.get("blip_caption")
    shared = f" [shared image: {caption}]" if caption else ""
    return f"{turn['speaker']}: {turn['text']}{shared}"


def _query(qa: dict[str, Any], known: set[str]) -> dict[str, Any] | None:
    named = [f"D{session}:{turn}" for said in qa.get("evidence", []) for session, turn in _TURN.findall(said)]
    relevant = sorted(set(named) & known)
    return {"text": qa["question"], "category": CATEGORIES[qa["category"]], "relevant": relevant} if relevant else None


def _moment(said: str) -> datetime:
    """ "1:56 pm on 8 May, 2023" as UTC."""
    return datetime.strptime(said.strip(), "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
