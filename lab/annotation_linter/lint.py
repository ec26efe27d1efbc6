"""Everything a program can check about the annotations: from a folder or file to its problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab.annotation_linter.balance import (
    count_problems,
    image_use_problems,
    kind_problems,
    prompt_likeness_problems,
    share_problems,
    subject_problems,
)
from lab.annotation_linter.images import (
    image_folder_problems,
    manifest_problems,
    read_manifest,
)
from lab.annotation_linter.problems import Problem
from lab.annotation_linter.sample_rules import derived_problems, sample_problems
from lab.annotation_linter.wording import guessing_problems, marker_problems
from omiti2v.errors import UserError
from omiti2v.records import iterate_lines, parse_record
from omiti2v.samples import CATEGORIES, Sample


def read_samples(paths: Sequence[Path]) -> tuple[list[Sample], list[Problem]]:
    """The samples of some JSON-lines files, and a problem for each line that is none."""
    samples: list[Sample] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            lines = list(iterate_lines(path))
        except UserError as error:
            problems.append(Problem(path.name, "file", str(error)))
            continue
        for number, line in lines:
            try:
                samples.append(parse_record(Sample, line, where=f"{path.name}:{number}"))
            except UserError as error:
                problems.append(Problem(f"{path.name}:{number}", "not a sample", str(error)))
    return samples, problems


def lint_samples(samples: Sequence[Sample]) -> list[Problem]:
    """The problems of samples that need not be a whole edition; images are not looked at."""
    problems = [problem for sample in samples for problem in sample_problems(sample)]
    ids = Counter(sample.id for sample in samples)
    problems += [
        Problem(name, "id", f"used {count} times") for name, count in ids.items() if count > 1
    ]
    problems += subject_problems(samples)
    problems += image_use_problems(samples)
    problems += prompt_likeness_problems(samples)
    return problems


def lint_edition(folder: Path) -> list[Problem]:
    """The problems of the edition in `folder`, which holds a file of samples per category.

    Raises:
        UserError: The image manifest is missing or broken.
    """
    samples: list[Sample] = []
    problems: list[Problem] = []
    for category in CATEGORIES:
        found, broken = read_samples([folder / f"{category}.jsonl"])
        problems += broken
        problems += [
            Problem(sample.id, "category", f"a {sample.category} stands in {category}.jsonl")
            for sample in found
            if sample.category != category
        ]
        samples += found
    manifest = read_manifest(folder)
    return [
        *problems,
        *lint_samples(samples),
        *count_problems(samples),
        *kind_problems(samples),
        *share_problems(samples),
        *marker_problems(samples),
        *guessing_problems(samples),
        *derived_problems(samples),
        *manifest_problems(samples, manifest),
        *image_folder_problems(folder, samples, manifest),
    ]
