"""Communities in a weighted graph, and which of yesterday's each of them is. Pure; numbers in, numbers out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED, RESOLUTION = 42, 1.0  # Flux's LOUVAIN_SEED, LOUVAIN_RESOLUTION
LEAST_MEMBERS = 3  # Flux's CLUSTER_MIN_SIZE: fewer are no community
INHERIT = 0.30  # Jaccard overlap from which on a community is one that was there: Flux's CLUSTER_INHERIT_OVERLAP_MIN

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edges:
    """A graph of grains: `source`, `target` (their numbers) and `weight` of each edge. Direction does not matter."""

    source: Ints
    target: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Communities:
    """Members by number, ascending; `label` 0 and up of each; `inside` is the share of its weight that stays inside.

    `cohesion` is that share for each label.
    """

    number: Ints
    label: Ints
    inside: Floats
    cohesion: Floats


def communities(edges: Edges) -> Communities:
    """Louvain over the edges. Communities below LEAST_MEMBERS are left out. The same edges, the same answer."""
    number, ends = np.unique(np.concatenate([edges.source, edges.target]), return_inverse=True)
    if not len(number):
        return Communities(number, number, np.empty(0), np.empty(0))
    source, target = ends[: len(edges.source)], ends[len(edges.source) :]
    label = _louvain(source, target, edges.weight, len(number))
    sizes = np.bincount(label)
    large = sizes >= LEAST_MEMBERS
    same = (label[source] == label[target]).astype(np.float64) * edges.weight
    total = _sum_at(source, edges.weight, len(number)) + _sum_at(target, edges.weight, len(number))
    within = _sum_at(source, same, len(number)) + _sum_at(target, same, len(number))
    cohesion = _sum_at(label, within, len(sizes)) / np.maximum(_sum_at(label, total, len(sizes)), 1e-12)
    kept = large[label]
    renumbered = np.cumsum(large) - 1
    inside = within / np.maximum(total, 1e-12)
    return Communities(number[kept], renumbered[label[kept]], inside[kept], cohesion[large])


def inherited(old: dict[int, int], new: Communities, *, least: float = INHERIT) -> dict[int, int]:
    """Which old cluster each new label is, by greatest Jaccard overlap of members, each at most once.

    `old` maps grain numbers to old clusters. Labels without one are new. Only grains that both know count, so what
    was stored or forgotten since does not break a cluster up.
    """
    known = np.array([old.get(int(number), -1) for number in new.number], np.int64)
    both = known >= 0
    pairs, shared = np.unique(np.stack([known[both], new.label[both]]), axis=1, return_counts=True)
    old_sizes = dict(zip(*(column.tolist() for column in np.unique(known[both], return_counts=True)), strict=True))
    new_sizes = dict(zip(*(column.tolist() for column in np.unique(new.label[both], return_counts=True)), strict=True))
    overlaps = sorted(
        (
            (count / (old_sizes[was] + new_sizes[label] - count), was, label)
            for (was, label), count in zip(pairs.T.tolist(), shared.tolist(), strict=True)
        ),
        key=lambda overlap: (-overlap[0], overlap[1], overlap[2]),
    )
    heirs: dict[int, int] = {}
    taken: set[int] = set()
    for overlap, was, label in overlaps:
        if overlap >= least and was not in taken and label not in heirs:
            heirs[label] = was
            taken.add(was)
    return heirs


def _louvain(source: Ints, target: Ints, weight: Floats, size: int) -> Ints:
    from scipy import sparse  # noqa: PLC0415 (a second and 60 MB, in the worker only)
    from sknetwork.clustering import Louvain  # noqa: PLC0415

    half = sparse.coo_matrix((weight, (source, target)), shape=(size, size)).tocsr()
    found = Louvain(resolution=RESOLUTION, random_state=SEED).fit_predict(half + half.T)
    return np.asarray(found, np.int64)


def _sum_at(place: Ints, value: Floats, size: int) -> Floats:
    return np.bincount(place, weights=value, minlength=size).astype(np.float64)
