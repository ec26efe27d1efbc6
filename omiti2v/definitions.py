"""What scores, outcomes and coverage are called and mean, in every table and page."""

from __future__ import annotations

from dataclasses import dataclass

from omiti2v.outcomes import Outcome
from omiti2v.samples import FacetKind


@dataclass(frozen=True)
class Definition:
    """A term.

    Attributes:
        label: What people read.
        meaning: One or two sentences.
    """

    label: str
    meaning: str


SUCCESS = Definition(
    "Success",
    "Share of samples whose every question was answered, and rightly. The strict headline.",
)
NEGLIGENCE = Definition(
    "Negligence",
    "Share of negligent samples: the video shows what the reference image already showed, the "
    "prompt was ignored. Lower is better.",
)

TAKES = {
    "any": Definition(
        "Success in some take",
        "Share of samples with a take whose every question was answered, and rightly. It grows "
        "with the number of takes.",
    ),
    "all": Definition(
        "Success in every take",
        "Share of samples whose every take had every question answered, and rightly. It shrinks "
        "with the number of takes.",
    ),
}
"""Beside the scores, where samples have several takes."""

SCORES = {
    "accuracy": Definition(
        "Accuracy",
        "Mean over samples of the share of questions answered as expected. Unknown and error count "
        "as wrong.",
    ),
    "semantic_average": Definition(
        "Semantic average",
        "Mean of the accuracies of the three categories addition, deletion and modification: the "
        "number of the paper.",
    ),
    "edit_accuracy": Definition(
        "Edit accuracy",
        "Accuracy over edit questions alone: those whose right answer differs between the edited "
        "video and the reference image.",
    ),
    "preserve_accuracy": Definition(
        "Preserve accuracy",
        "Accuracy over preserve questions alone: those about something that should stay as it is.",
    ),
    "edit_success": Definition(
        "Edit success", "Share of samples whose every edit question was answered rightly."
    ),
    "still_floor": Definition(
        "Still floor",
        "The accuracy of a video that is a frozen copy of the reference image. Exact, no judge "
        "needed.",
    ),
    "lift": Definition(
        "Lift",
        "(accuracy − still floor) / (1 − still floor): how far the run is above a frozen image, "
        "on the way to perfect. Below 0: worse than a frozen image. Its bar runs from −100 % to "
        "100 %.",
    ),
}

SOFT = {
    "arithmetic": Definition(
        "Soft accuracy",
        "Mean over samples of the mean probability that the judge gave to the expected answers. "
        "Unknown and error count 0.",
    ),
    "geometric": Definition(
        "Soft success",
        "The same with the geometric mean of a sample's questions: near 1 only where the judge is "
        "sure of every one of them.",
    ),
}
"""From P(yes), as Soft-TIFA of GenEval 2 (arXiv 2512.16853)."""

OUTCOMES: dict[Outcome, Definition] = {
    "success": Definition("Success", "Every question was answered, and rightly."),
    "partial": Definition("Partial", "Anything else: a part of the edit was done."),
    "negligent": Definition(
        "Negligent",
        "Every answered edit question got the answer that fits the untouched reference image: the "
        "prompt was ignored.",
    ),
    "broken": Definition(
        "Broken",
        "An answered preserve question is wrong: something that should have stayed is lost.",
    ),
    "unscored": Definition("Unscored", "No video, or no edit question was answered."),
}

COVERAGE = {
    "videos": Definition("Videos", "Share of samples that have a video file."),
    "answered": Definition("Answered", "Share of questions that the judge answered yes or no."),
    "unknown": Definition("Unknown", "Share of questions to which the judge said neither."),
    "error": Definition("Error", "Share of questions for which no judgement was possible."),
    "missing": Definition("Missing", "Share of questions never asked, for want of a video mostly."),
}

GROUP_KINDS = {
    "category": "Category",
    "domain": "Domain",
    "subcategory": "Subcategory",
    "image_type": "Image type",
    "dimension": "Question dimension",
    "facet": "Facet (what the prompt asks for)",
}

FACET_TITLE = "By facet (what the prompt asks for)"
"""Above every table and chart of facets by kind."""

FACETS: dict[FacetKind, Definition] = {
    "identity": Definition("identity", "Which thing comes, goes or changes, and into what."),
    "attribute": Definition(
        "attribute", "Color, size, material, number or letters that the edit must bring."
    ),
    "place": Definition("place", "Where it happens, or where the thing ends."),
    "direction": Definition("direction", "From where it comes, or to where it goes."),
    "manner": Definition("manner", "The event: how it happens."),
    "order": Definition("order", "Which of two comes first."),
    "stays": Definition("stays", "What must be left as it was."),
}

FEW_SAMPLES = 30
"""A score of fewer samples is marked wherever it is shown."""

FEW_MARK = "†"

FEW_NOTE = (
    f"{FEW_MARK} of fewer than {FEW_SAMPLES} samples: its interval holds, but says little of other "
    "samples"
)
"""What the mark means, in a line to stand near."""

MISSING_RULES = {
    "zero": "a sample without a video counts 0",
    "drop": "samples without a video are left out",
}
