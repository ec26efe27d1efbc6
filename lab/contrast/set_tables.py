"""The tables of the set's page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.store import RenderedClip
from lab.contrast.blind import agreement_rows, name_of, read_rounds, standing
from lab.contrast.rules import read_sprite_lines
from lab.contrast.trials import count_rows, facet_rows, question_trials
from lab.tables import markdown
from omiti2v.records import read_record
from omiti2v.samples import CATEGORIES

_AGREEMENT = ("clips", "number", "answers", "agree")


def set_tables(found: ContrastSet) -> dict[str, str]:
    """Each table by its name on the page."""
    return {
        "samples": _samples(found),
        "counts": markdown(["clip", *CATEGORIES, "with people", "all", "pass"], count_rows(found)),
        "sprites": _sprites(found),
        "viewers": _viewers(found),
        "facets": _facets(found),
        "passing": _passing(found),
        "idle questions": _idle(found),
    }


def time_table(found: ContrastSet, cache: Path) -> str:
    """Processor seconds of a clip by kind, as they were noted beside the rendered clips.

    Raises:
        UserError: A clip has not been rendered there.
    """
    seconds: dict[str, list[float]] = {}
    for clips in found.clips.values():
        for clip in clips:
            made = read_record(cache / f"{found.digest(clip)}.json", RenderedClip)
            for name in ("all", clip.kind.replace("_", " ")):
                seconds.setdefault(name, []).append(made.seconds)
    rows = [
        [name, len(own), f"{np.median(own):.1f}", f"{max(own):.1f}", f"{sum(own) / 60:.1f}"]
        for name, own in seconds.items()
    ]
    return markdown(["clip", "number", "median, s", "longest, s", "in all, min"], rows)


def _samples(found: ContrastSet) -> str:
    rows = []
    for name in (*CATEGORIES, "all"):
        own = [sample for sample in found.samples if name in (sample.category, "all")]
        photographs = sum(sample.image_type == "real" for sample in own)
        people = sum(sample.people not in (None, "none") for sample in own)
        clips = sum(len(found.clips[sample.id]) for sample in own)
        rows.append([name, len(own), photographs, len(own) - photographs, people, clips])
    return markdown(
        ["", "samples", "photographs", "drawings and renderings", "with people", "clips"], rows
    )


def _sprites(found: ContrastSet) -> str:
    counts = Counter(line.licence for line in read_sprite_lines(found.folder))
    return markdown(["license", "sprites"], counts.most_common())


def _viewers(found: ContrastSet) -> str:
    rounds = read_rounds(found)
    parts = []
    for title, answers in (
        *((f"Round {number}", answers) for number, answers in sorted(rounds.items())),
        ("The clips as they now are, latest answers", standing(found, rounds)),
    ):
        rows = agreement_rows(answers)
        if title != "Round 1":
            rows = rows[:1]
        parts.append(f"**{title}**\n\n{markdown(_AGREEMENT, rows)}")
    kept = {name_of(clip) for own in found.clips.values() for clip in own}
    now = {(row.clip, row.question_id): row for row in standing(found, rounds)}
    lines = []
    for number, answers in sorted(rounds.items()):
        for row in answers:
            if row.agrees:
                continue
            latest = now.get((row.clip, row.question_id))
            fate = "left out" if row.clip not in kept else "mended, and not looked at again"
            if latest is not None:
                fate = "mended" if latest.agrees else "stands"
            lines.append(
                f"- {row.clip} {row.question_id}, round {number}: recipe {row.recipe}, "
                f"viewer {row.answer}; {fate}"
            )
    parts.append("\n".join(lines) or "No disagreement.")
    return "\n\n".join(parts)


def _facets(found: ContrastSet) -> str:
    head, *rows = facet_rows(found)
    return markdown(head, rows)


def _passing(found: ContrastSet) -> str:
    lines = [
        f"- {clip.sample.id} {clip.kind}: {clip.passes}"
        for clips in found.clips.values()
        for clip in clips
        if clip.kind != "right" and clip.outcome == "success"
    ]
    return "\n".join(lines) or "None."


def _idle(found: ContrastSet) -> str:
    trials = list(question_trials(found))
    rows = [
        [
            trial.sample.id,
            trial.question.id,
            ", ".join(kind.replace("_", " ") for kind in trial.tried),
            trial.question.question,
        ]
        for trial in trials
        if trial.separates_nothing
    ]
    table = markdown(["sample", "question", "facet broken by", "asks"], rows, left=4)
    many = f"{len(rows)} of {len(trials)} questions"
    return f"<details><summary>{many}</summary>\n\n{table}\n\n</details>"
