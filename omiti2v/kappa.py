"""How far raters agree beyond chance, on any closed set of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def cohen_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two raters (Cohen 1960): at most 1, 0 where they agree as if by chance.

    Args:
        one, other: The raters' labels of the same items, of equal length.

    Returns:
        None where it is not defined: without items, and where chance alone would agree always.
    """
    ours, theirs = Counter(one), Counter(other)
    agreed = sum(a == b for a, b in zip(one, other, strict=True))
    return _beyond_chance(
        agreed, len(one), sum(ours[label] * theirs[label] for label in ours), len(one) ** 2
    )


def fleiss_kappa(items: Sequence[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa of several raters (Fleiss 1971): as Cohen's, with the raters' shares pooled.

    Args:
        items: The labels that each item got, of equal length of at least two.

    Returns:
        None where it is not defined, as for Cohen's.
    """
    raters = {len(labels) for labels in items}
    if len(raters) > 1 or raters & {0, 1}:
        raise ValueError("expected at least two labels for every item, as many for each")
    pairs = sum(count * (count - 1) for labels in items for count in Counter(labels).values())
    pooled = Counter(label for labels in items for label in labels)
    total = pooled.total()
    possible = sum(len(labels) * (len(labels) - 1) for labels in items)
    return _beyond_chance(pairs, possible, sum(n**2 for n in pooled.values()), total**2)


def _beyond_chance(agreed: int, possible: int, chance: int, cells: int) -> float | None:
    """Kappa from the agreement seen and that of chance, each as a ratio of whole numbers."""
    if not possible or chance == cells:
        return None
    expected = chance / cells
    return (agreed / possible - expected) / (1 - expected)
