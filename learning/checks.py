"""Our own system checks of what the jobs need."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from learning.llm import DIALECTS

LONGEST_TRY = 45  # seconds: three tries end before a run's lease does


@register
def language_model(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A language model is one that we can ask, in time."""
    backend, problems = settings.LLM_BACKEND, []
    if backend and backend not in DIALECTS:
        problems.append(Error(f"GARNER_LLM_BACKEND must be one of {', '.join(DIALECTS)}.", id="garner.E020"))
    if backend and not settings.LLM_MODEL:
        problems.append(Error("GARNER_LLM_MODEL must name the model.", id="garner.E021"))
    if not 0 < settings.LLM_TIMEOUT_SECONDS <= LONGEST_TRY:
        problems.append(Error(f"GARNER_LLM_TIMEOUT_SECONDS must be at most {LONGEST_TRY}.", id="garner.E022"))
    return [*problems]
