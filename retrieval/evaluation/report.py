"""An evaluation's figures as tables: Markdown for the terminal, data for JSON, a page with plots for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from retrieval.evaluation.metrics import Row, auroc, difference, interval, mean, reliability
from retrieval.evaluation.run import Judged, Outcome, Result

COLUMNS = ("recall@5", "recall@10", "recall@20", "recall@50", "all@10", "mrr", "ndcg@10")
BASE = "fused"
COMPARED = "recall@10"  # what rankers are compared by
WITHOUT = "without "


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, a head and rows of text."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return f"\n{self.caption}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True, slots=True)
class Report:
    """A run over a set, ready to be shown."""

    set_names: tuple[str, ...]
    at: datetime
    result: Result

    @property
    def set_name(self) -> str:
        """What was run."""
        return ", ".join(self.set_names)

    @property
    def by_set(self) -> dict[str, dict[str, Outcome]]:
        """Each set's own outcomes, by ranker."""
        outcomes = self.result.outcomes
        if len(self.set_names) == 1:
            return {self.set_name: outcomes}
        return {name: {key: outcome.of(name) for key, outcome in outcomes.items()} for name in self.set_names}

    @property
    def tables(self) -> list[Table]:
        """Every table of the report."""
        shown = {name: outcome for name, outcome in self.result.outcomes.items() if not name.startswith(WITHOUT)}
        tables = [_by_ranker("Side by side", shown)] if len(shown) > 1 else []
        if len(self.set_names) > 1:
            tables += [
                _by_ranker(name, {key: outcomes[key] for key in shown}) for name, outcomes in self.by_set.items()
            ]
        tables += [_by_category(name, outcome) for name, outcome in shown.items()]
        if len(shown) < len(self.result.outcomes):
            tables.append(_ablation(self.result.outcomes))
        if self.result.decisions:
            tables.append(_decided(self.result.decisions))
        return tables

    def data(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "set": self.set_name,
            "at": self.at.isoformat(),
            "rankers": {
                name: {
                    "n": len(outcome.core),
                    "mean": mean(outcome.core),
                    "intervals": {column: interval(_column(outcome.core, column)) for column in COLUMNS},
                    "by_category": {category: mean(rows) for category, rows in sorted(outcome.rows.items())},
                }
                for name, outcome in self.result.outcomes.items()
            },
            "decisions": _decisions(self.result.decisions),
        }

    def html(self) -> str:
        """A page of its own: no script, nothing from elsewhere. Raises ImportError without the plotting library."""
        from retrieval.evaluation.plots import plots  # noqa: PLC0415 - the plotting library is optional

        return render_to_string(
            "evaluation/report.html", {"report": self, "tables": self.tables, "plots": plots(self.result)}
        )


def ablation(outcomes: dict[str, Outcome]) -> list[tuple[str, float, float, float]]:
    """(signal, change of recall@10 when it is missing, low, high), the most useful signal first."""
    base = outcomes[BASE].core
    rows = [
        (name.removeprefix(WITHOUT), *difference(outcome.core, base, COMPARED))
        for name, outcome in outcomes.items()
        if name.startswith(WITHOUT)
    ]
    return sorted(rows, key=lambda row: row[1])


def calibration(decisions: dict[str, list[Judged]]) -> list[tuple[float, float, int]]:
    """How often a question asked at a confidence was one of this namespace; answerable and off-topic weigh the same.

    The off-topic ones are repeated in turn until there are as many as answerable ones (or the other way round).
    """
    kinds = [(decisions.get("answerable", []), True), (decisions.get("off-topic", []), False)]
    most = max(len(judged) for judged, _ in kinds)
    even = [(judged[n % len(judged)].confidence, hit) for judged, hit in kinds if judged for n in range(most)]
    return reliability([confidence for confidence, _ in even], [hit for _, hit in even])


def _by_ranker(caption: str, outcomes: dict[str, Outcome]) -> Table:
    base = outcomes[BASE].core
    rows = []
    for name, outcome in outcomes.items():
        values = mean(outcome.core)
        _, low, high = difference(outcome.core, base, COMPARED)
        against = "" if name == BASE else f"{low:+.3f} to {high:+.3f}"
        rows.append((name, *(f"{values[column]:.3f}" for column in COLUMNS), against))
    return Table(caption, ("ranking", *COLUMNS, f"{COMPARED} against {BASE}, 95 %"), tuple(rows))


def _by_category(name: str, outcome: Outcome) -> Table:
    low, high = interval(_column(outcome.core, COMPARED))
    groups: list[tuple[str, list[Row]]] = [("**mean**", outcome.core), *sorted(outcome.rows.items())]
    rows = tuple(
        (category, str(len(group)), *(f"{mean(group)[column]:.3f}" for column in COLUMNS)) for category, group in groups
    )
    return Table(f"{name}: {COMPARED} 95 % interval {low:.3f} to {high:.3f}", (name, "n", *COLUMNS), rows)


def _ablation(outcomes: dict[str, Outcome]) -> Table:
    rows = tuple(
        (name, f"{change:+.3f}", f"{low:+.3f} to {high:+.3f}", f"{mean(outcomes[WITHOUT + name].core)['mrr']:.3f}")
        for name, change, low, high in ablation(outcomes)
    )
    return Table("Without one signal", ("signal", f"{COMPARED}", "95 % interval", "mrr"), rows)


def _decided(decisions: dict[str, list[Judged]]) -> Table:
    rows = tuple(
        (kind, str(row["n"]), f"{row['injected']:.3f}", "" if row["auroc"] is None else f"{row['auroc']:.3f}")
        for kind, row in _decisions(decisions).items()
    )
    return Table("Decisions", ("queries", "n", "injected", "AUROC against answerable"), rows)


def _decisions(decisions: dict[str, list[Judged]]) -> dict[str, dict[str, Any]]:
    answerable = [judged.confidence for judged in decisions.get("answerable", [])]
    return {
        kind: {
            "n": len(judged),
            "injected": sum(one.injected for one in judged) / len(judged),
            "auroc": None if kind == "answerable" else auroc(answerable, [one.confidence for one in judged]),
        }
        for kind, judged in decisions.items()
    }


def _column(rows: Sequence[Row], metric: str) -> list[float]:
    return [row[metric] for row in rows]
