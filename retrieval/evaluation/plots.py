"""The report's plots, as SVG (matplotlib, requirements/evaluation.txt)."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from matplotlib.figure import Figure

from retrieval.evaluation.metrics import interval, mean
from retrieval.evaluation.report import COMPARED, WITHOUT, ablation, calibration
from retrieval.evaluation.run import Judged, Outcome, Result

BARS = ("recall@5", "recall@10", "recall@20", "mrr")
DEPTHS = (1, 5, 10, 20, 50)
_SAME = {"Date": None, "Creator": None}  # the same figures make the same file


def plots(result: Result) -> list[tuple[str, SafeString]]:
    """(title, SVG) of each plot that the run has figures for."""
    ranked = {name: outcome for name, outcome in result.outcomes.items() if not name.startswith(WITHOUT)}
    drawn: list[tuple[str, SafeString]] = [
        ("Means with 95 % intervals", _svg(_means, ranked)),
        ("Recall by depth", _svg(_depths, ranked)),
        (f"{COMPARED} by kind of question", _svg(_categories, ranked)),
    ]
    if len(ranked) < len(result.outcomes):
        drawn.append((f"Change of {COMPARED} without a signal", _svg(_ablated, result.outcomes)))
    if result.decisions:
        drawn.append(("Confidence by kind of question", _svg(_confidences, result.decisions)))
        drawn.append(("Calibration", _svg(_calibrated, result.decisions)))
    return drawn


def _svg(draw: Callable[[Any, Any], None], figures: Any) -> SafeString:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    draw(axes, figures)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside right upper")
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata=_SAME)
    text = out.getvalue()
    return mark_safe(text[text.index("<svg") :])  # noqa: S308 - drawn here; the library escapes labels


def _means(axes: Any, outcomes: dict[str, Outcome]) -> None:
    width = 0.8 / len(outcomes)
    for place, (name, outcome) in enumerate(outcomes.items()):
        values = mean(outcome.core)
        bounds = [interval([row[metric] for row in outcome.core]) for metric in BARS]
        heights = [values[metric] for metric in BARS]
        spread = [
            [height - low for height, (low, _) in zip(heights, bounds, strict=True)],
            [high - height for height, (_, high) in zip(heights, bounds, strict=True)],
        ]
        axes.bar([at + place * width for at in range(len(BARS))], heights, width, yerr=spread, label=name, capsize=2)
    axes.set_xticks([at + 0.4 - width / 2 for at in range(len(BARS))], BARS)
    axes.set_ylim(0, 1)


def _depths(axes: Any, outcomes: dict[str, Outcome]) -> None:
    for name, outcome in outcomes.items():
        values = mean(outcome.core)
        axes.plot(DEPTHS, [values[f"recall@{k}"] for k in DEPTHS], marker="o", label=name)
    axes.set_xscale("log")
    axes.set_xticks(DEPTHS, [str(k) for k in DEPTHS])
    axes.set_xlabel("k")
    axes.set_ylabel("recall@k")
    axes.set_ylim(0, 1)


def _categories(axes: Any, outcomes: dict[str, Outcome]) -> None:
    names = sorted(next(iter(outcomes.values())).rows)
    height = 0.8 / len(outcomes)
    for place, (name, outcome) in enumerate(outcomes.items()):
        values = [mean(outcome.rows[category])[COMPARED] for category in names]
        axes.barh([at + place * height for at in range(len(names))], values, height, label=name)
    axes.set_yticks([at + 0.4 - height / 2 for at in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)


def _ablated(axes: Any, outcomes: dict[str, Outcome]) -> None:
    rows = ablation(outcomes)
    places = range(len(rows))
    spread = [[change - low for _, change, low, _ in rows], [high - change for _, change, _, high in rows]]
    axes.errorbar([change for _, change, _, _ in rows], places, xerr=spread, fmt="o", capsize=3)
    axes.axvline(0, linewidth=0.8)
    axes.set_yticks(places, [name for name, *_ in rows])
    axes.invert_yaxis()


def _confidences(axes: Any, decisions: dict[str, list[Judged]]) -> None:
    for kind, judged in decisions.items():
        axes.hist([one.confidence for one in judged], bins=20, range=(0, 1), alpha=0.5, density=True, label=kind)
    axes.set_xlabel("confidence")


def _calibrated(axes: Any, decisions: dict[str, list[Judged]]) -> None:
    curve: Sequence[tuple[float, float, int]] = calibration(decisions)
    axes.plot([0, 1], [0, 1], linewidth=0.8, linestyle="--")
    axes.plot([confidence for confidence, _, _ in curve], [share for _, share, _ in curve], marker="o")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of questions of this namespace")
