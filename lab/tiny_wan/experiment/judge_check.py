"""Whether the judge, which knows rendered clips, can be trusted with those of a model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lab.tiny_wan.experiment.results import Results
from lab.tiny_wan.experiment.settings import BASELINE, CONTROLS, DEFAULT
from omiti2v.outcomes import sample_outcome
from omiti2v.responses import Answer
from omiti2v.samples import Sample


def judge_against_pixels(results: Results) -> str:
    """Whether the judge and the pixels agree, on the clips of the model alone and of AlignVid."""
    names = [name for name in (*CONTROLS, BASELINE, DEFAULT) if name in results.clips]
    samples = {sample.id: sample for sample in results.samples}
    lines = [
        "## The judge against the pixels",
        "",
        "The judge was tested on rendered clips, not on those of a model. Here its edit success, "
        "in per cent, by how far a clip has gone towards the rendered edit (`change`, which asks "
        "no judge); and what the clips that it calls negligent look like. If it were kinder to "
        "AlignVid's clips than to the model's own, the middle columns would differ between them.",
        "",
        "| setting | success, change under 25 % | 25 to 50 % | 50 % and more | negligent clips: "
        "change | elsewhere, levels (median) |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in names:
        rows = [row for seed in results.clips[name].values() for row in seed]
        scored = [(row, row.answers_to(samples[row.sample_id])) for row in rows]
        succeeded = [_edit_done(samples[row.sample_id], answers) for row, answers in scored]
        change = np.array([row.change for row in rows])
        cells = []
        for low, high in ((-np.inf, 0.25), (0.25, 0.5), (0.5, np.inf)):
            inside = (low <= change) & (change < high)
            share = f"{100 * np.mean(np.array(succeeded)[inside]):.1f}" if inside.any() else ""
            cells.append(f"{share} (n {inside.sum()})".strip())
        ignored = [
            row
            for row, answers in scored
            if sample_outcome(samples[row.sample_id], answers) == "negligent"
        ]
        if ignored:
            cells.append(f"{100 * np.mean([row.change for row in ignored]):.1f}")
            cells.append(f"{np.median([row.elsewhere for row in ignored]):.1f}")
        else:
            cells += ["", ""]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _edit_done(sample: Sample, answers: Mapping[str, Answer]) -> bool:
    return all(
        answers[question.id] == question.expected_answer
        for question in sample.questions
        if question.role == "edit"
    )
