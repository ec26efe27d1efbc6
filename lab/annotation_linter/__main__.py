"""`python -m lab.annotation_linter PATH`: check annotations and print what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from evaluators.contrast.contrast_set import load_contrast
from lab.annotation_linter.balance import count_yes
from lab.annotation_linter.lint import lint_edition, lint_samples, read_samples
from lab.annotation_linter.problems import Problem
from lab.annotation_linter.questions import first_word
from lab.annotation_linter.wording import (
    FOLDS,
    MARKER_USES,
    MAX_ACCURACY,
    guessing_accuracy,
    markers,
)
from lab.contrast.trials import question_trials
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.samples import CATEGORIES, Sample

BATCH_YES_SHARE = (0.48, 0.52)
BATCH_MARKER_USES = 10
MARKERS_SHOWN = 15


def main(
    path: Annotated[
        Path, typer.Argument(help="The edition's folder, or a file of samples that is part of one.")
    ],
) -> None:
    """Check annotations; print problems, shares and how far the words give the answers away.

    Of a file nothing is asked that only the whole can have, and no field that follows from others.
    """
    try:
        batch = not path.is_dir()
        samples, problems = _batch(path) if batch else _edition(path)
        for line in [*map(str, problems), *_summary(samples, batch=batch), *_on_trial(path)]:
            typer.echo(line)
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{len(problems)} problems in {len(samples)} samples")
    raise typer.Exit(1 if problems else 0)


def _batch(path: Path) -> tuple[list[Sample], list[Problem]]:
    samples, problems = read_samples([path])
    return samples, problems + lint_samples(samples)


def _edition(folder: Path) -> tuple[list[Sample], list[Problem]]:
    samples, _ = read_samples([folder / f"{category}.jsonl" for category in CATEGORIES])
    return samples, lint_edition(folder)


def _on_trial(folder: Path) -> list[str]:
    """Which questions separate none of the wrong clips of the contrast set."""
    if not (folder / "contrast").is_dir():
        return []
    found = load_contrast(folder / "contrast", edition=load_edition_folder(folder))
    trials = list(question_trials(found))
    idle = [trial for trial in trials if trial.separates_nothing]
    return [
        f"questions on trial in the contrast set: {len(trials)}; {len(idle)} separate nothing:",
        *(f"  {trial.sample.id} {trial.question.id}" for trial in idle),
    ]


def _summary(samples: Sequence[Sample], *, batch: bool) -> list[str]:
    questions = [question for sample in samples for question in sample.questions]
    if not questions:
        return ["no questions"]
    lines = [
        f"{len(samples)} samples, {len(questions)} questions, "
        f"{len(questions) / len(samples):.2f} a sample",
        *(
            f"{field}: " + _counts(Counter(str(getattr(sample, field)) for sample in samples))
            for field in ("domain", "people", "edits", "difficulty")
        ),
        "facets: " + _counts(Counter(f.kind for sample in samples for f in sample.facets or ())),
        "dimensions: " + _counts(Counter(question.dimension for question in questions)),
    ]
    counts = count_yes(
        samples,
        lambda sample, question: (
            "all",
            f"{sample.category} {question.role}",
            f"dimension {question.dimension}",
            f"opening {first_word(question.question)}",
        ),
    )
    low, high = BATCH_YES_SHARE
    for group, (yes, total) in sorted(counts.items()):
        note = f"  <- aim at {low:.0%} to {high:.0%}" if batch and group == "all" else ""
        lines.append(f"yes share, {group}: {yes} of {total} = {yes / total:.0%}{note}")
    leaning = markers(samples, uses=BATCH_MARKER_USES if batch else MARKER_USES)
    lines.append("words and openings that lean most (uses, share of yes):")
    lines += [
        f"  {marker.words!r}: {marker.uses}, {marker.yes_share:.0%}"
        for marker in leaning[:MARKERS_SHOWN]
    ]
    if len(samples) >= FOLDS:
        lines += [
            f"{answers} answers guessed from the words: {guessing_accuracy(samples, answers):.1%} "
            f"(at most {limit:.0%} over the whole edition)"
            for answers, limit in MAX_ACCURACY.items()
        ]
    return lines


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


if __name__ == "__main__":
    typer.run(main)
