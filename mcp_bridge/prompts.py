"""Prompts that a person picks in their client; each looks into the memory and hands the model what is there."""

from accounts.door import Caller
from accounts.scopes import Scope
from grains.filters import Filter
from mcp_bridge.asking import asked
from mcp_bridge.fence import fenced, indented
from mcp_bridge.registry import prompt
from retrieval.calibration import Decision
from retrieval.recall import Recalled
from retrieval.search import Search

ABOUT_ME = "Who is the user: name, work, family, preferences, projects, plans, decisions?"
USUAL, MANY = 10, 20  # memories for an answer; for a portrait


@prompt(scope=Scope.RECALL, title="Recall before answering", question="The question to answer from memory.")
def recall_before_answering(caller: Caller, question: str) -> str:
    """Answer a question with the help of what is remembered."""
    found = asked(caller, Search(question, USUAL))
    if not found.results:
        return f"{question}\n\nThe long-term memory was asked and has nothing on this: say so if it matters."
    doubt = " They are the nearest there are, but probably none answers." * (found.verdict.decision == Decision.ABSTAIN)
    how = f"Use these memories where they fit, and say when they do not answer the question.{doubt}"
    return f"{question}\n\n{how}\n\n{_memories(found)}"


@prompt(
    scope=Scope.RECALL,
    title="What do you know about me?",
    user="?Your name there, when several people share it.",
)
def what_do_you_know_about_me(caller: Caller, user: str = "") -> str:
    """Show what the memory holds about the user, in order, and what it does not know."""
    found = asked(caller, Search(ABOUT_ME, MANY, Filter(user=user)))
    if not found.results:
        return "What do you know about me? The long-term memory holds nothing yet: tell me so, and ask what to keep."
    return (
        "What do you know about me? Sort these memories by subject, name the sources, and point out what is old or "
        f"contradicts itself. Add nothing of your own.\n\n{_memories(found)}"
    )


def _memories(found: Recalled) -> str:
    return fenced(
        [
            f"{n}. {one.memory.grain.provenance} {one.memory.grain.created_at:%Y-%m-%d}\n{indented(one.memory.content)}"
            for n, one in enumerate(found.results, 1)
        ]
    )
