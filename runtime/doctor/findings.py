"""What a check finds, and running them so that one that fails does not hide the others."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `repair` mends it and says what it did; None where a person has to decide."""

    check: str
    ok: bool
    message: str
    repair: Callable[[], str] | None = None


Check = Callable[[], Iterable[Finding]]


def examine(checks: Sequence[tuple[str, Check]]) -> list[Finding]:
    """Run every check. One that cannot look is a finding itself, by its error's class: messages may hold content."""
    found: list[Finding] = []
    for name, check in checks:
        try:
            found += check()
        except Exception as error:  # noqa: BLE001 (a doctor who faints helps nobody)
            found.append(Finding(name, ok=False, message=f"could not be looked at: {type(error).__name__}"))
    return found


def repaired(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Mend what can be mended; what was done for each."""
    return [(found, found.repair()) for found in findings if not found.ok and found.repair is not None]
