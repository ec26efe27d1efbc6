"""The closed lists of OmitI2V-Open; `annotations/README.md` defines each entry, with an example."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from omiti2v.samples import Category

SAMPLES_PER_CATEGORY: Mapping[Category, int] = MappingProxyType(
    {"modification": 125, "addition": 122, "deletion": 120}
)
"""The published numbers of OmitI2V, which OmitI2V-Open follows."""

_SUBCATEGORIES: Mapping[Category, str] = {
    "modification": "colour material pose action expression size state weather time_of_day season "
    "scene style text",
    "addition": "object animal person vehicle food plant clothing effect text part",
    "deletion": "animal person object food plant clothing part structure sky effect text",
}
SUBCATEGORY_NAMES: Mapping[Category, frozenset[str]] = MappingProxyType(
    {category: frozenset(names.split()) for category, names in _SUBCATEGORIES.items()}
)

PRESERVING_DIMENSIONS = frozenset({"subject_preservation", "background_preservation"})
"""For preserve questions only."""

DIMENSION_NAMES = PRESERVING_DIMENSIONS | {
    "object_presence",
    "attribute",
    "action_correctness",
    "count",
    "spatial_relation",
    "state",
    "text",
}

DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "living-beings": "Living Beings",
        "nature-environment": "Nature & Environment",
        "arts-entertainment": "Arts & Entertainment",
        "objects": "Objects",
        "structures": "Structures",
        "technology-virtual": "Technological & Virtual Elements",
        "text-communication": "Text & Communication",
        "food-necessities": "Food & Necessities",
    }
)
"""From the image manifest's `domain` to the name in the published chart."""

DOMAIN_NAMES = frozenset(DOMAINS.values())
