"""How hard a sample is, from facts about it."""

from __future__ import annotations

from omiti2v.samples import Difficulty, Sample

SMALL = 0.05
MANY_FACETS = 5


def difficulty(sample: Sample) -> Difficulty:
    """`easy` where no reason for trouble holds, `medium` where one does, else `hard`.

    The reasons: the prompt asks for `MANY_FACETS` or more things (what stays does not count); what
    changes covers less than `SMALL` of the frame; letters or digits change; a face changes; there
    are two edits (two reasons where they have an order).
    """
    asked = [facet for facet in sample.facets or () if facet.kind != "stays"]
    reasons = (
        (len(asked) >= MANY_FACETS)
        + (sample.target_area is not None and sample.target_area < SMALL)
        + (sample.subcategory == "text")
        + (sample.subcategory == "expression")
        + (sample.edits in ("two", "two_in_order"))
        + (sample.edits == "two_in_order")
    )
    return "easy" if reasons == 0 else "medium" if reasons == 1 else "hard"
