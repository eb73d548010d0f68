"""A language model's opinion of a pair, where one is set. It is asked for one word, and any other answer is none."""

import structlog

from learning.contradiction.comparing import Relation
from learning.contradiction.examining import Judge
from learning.llm import DATA_RULE, LlmFailed, Question, as_data, llm

INSTRUCTIONS = f"""You compare two notes, the older one first. {DATA_RULE}
Answer with exactly one word:
UPDATED if the newer note means that the older one was true before and is not true any more;
CONTRADICTS if both cannot be true and nothing says that anything has changed;
SAME if they say the same;
INDEPENDENT in every other case: other things, other people, other times, or something that adds to the older note."""
_WORDS = {
    "UPDATED": Relation.UPDATE,
    "CONTRADICTS": Relation.CONFLICT,
    "SAME": Relation.SAME,
    "INDEPENDENT": Relation.NONE,
}

log = structlog.get_logger(__name__)


def judge_set() -> Judge | None:
    """Whom to ask; None where no language model is set."""
    model = llm()
    if model is None:
        return None

    def ask(older: str, newer: str) -> Relation | None:
        try:
            answer = model.ask(Question("contradiction", INSTRUCTIONS, as_data([older, newer]), answer_tokens=16))
        except LlmFailed as error:
            log.warning("contradiction_not_judged", reason=error.message)
            return None
        return _WORDS.get(answer.strip(" .\n\"'*").upper())

    return ask
