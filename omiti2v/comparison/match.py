"""Which runs may be compared, and on which samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omiti2v.edition_versions import edition_label
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.scores import Missing
from omiti2v.takes import by_sample, take_of


def matched_samples(runs: Sequence[Run], *, common: bool = False) -> tuple[Sample, ...]:
    """The samples that all runs cover, ordered by id.

    Args:
        runs: At least one.
        common: Take what all runs cover where one was limited to some samples; otherwise that is
            refused.

    Raises:
        UserError: The runs are of different editions, cover different samples, or have none in
            common.
    """
    first = runs[0]
    covered = {sample.id for sample in first.samples}
    for run in runs[1:]:
        if run.info.edition.fingerprint != first.info.edition.fingerprint:
            raise UserError(
                f"{run.paths.folder}: of edition {_edition(run)}, but {first.paths.folder} is of "
                f"edition {_edition(first)}; scores on different editions are never compared"
            )
        theirs = {sample.id for sample in run.samples}
        if theirs != covered and not common:
            raise UserError(
                f"{run.paths.folder}: covers {len(theirs)} samples, {len(theirs - covered)} of "
                f"them not in {first.paths.folder}, which covers {len(covered)}; score both on the "
                "same samples, or give --common for those that both cover"
            )
        covered &= theirs
    if not covered:
        raise UserError(f"{runs[-1].paths.folder}: has no sample in common with the others")
    return tuple(sample for sample in first.edition.samples if sample.id in covered)


def compared_samples(
    a: Run, b: Run, covered: Sequence[Sample], *, missing: Missing
) -> list[Sample]:
    """Of the samples that both runs cover, those that are compared by a rule for missing videos."""
    if missing == "zero":
        return list(covered)
    both = {video.sample_id for video in a.videos} & {video.sample_id for video in b.videos}
    return [sample for sample in covered if sample.id in both]


@dataclass(frozen=True)
class MatchedVideos:
    """The videos over which two runs are compared, sample by sample.

    Attributes:
        a, b: Those of each run: of a sample of which both have takes of equal seeds these takes
            alone, else all that a run has.
        by_seed: Number of samples compared over equal seeds.
        averaged: Number of samples with several takes that are compared over all takes of each.
    """

    a: frozenset[str]
    b: frozenset[str]
    by_seed: int
    averaged: int


def matched_videos(
    a: Run, b: Run, samples: Sequence[Sample], *, equal_seeds: bool = True
) -> MatchedVideos:
    """Which takes of each sample are compared: the same noise on both sides where that is there.

    Args:
        a, b: The runs.
        samples: Those compared.
        equal_seeds: Pair equal seeds; else all takes of each run count.
    """
    kept: tuple[set[str], set[str]] = (set(), set())
    by_seed = averaged = 0
    videos = [by_sample(run.with_video) for run in (a, b)]
    for sample in samples:
        rows = [found.get(sample.id, []) for found in videos]
        seeds = [{take_of(video) for video in row} - {None} for row in rows]
        common = seeds[0] & seeds[1] if equal_seeds else set()
        for side, row in zip(kept, rows, strict=True):
            side |= {video for video in row if not common or take_of(video) in common}
        by_seed += bool(common)
        averaged += not common and all(rows) and any(seeds)
    return MatchedVideos(frozenset(kept[0]), frozenset(kept[1]), by_seed, averaged)


def digests_by_sample(run: Run) -> Mapping[str, frozenset[str | None]]:
    """Digests of the videos of each sample that has one."""
    found: dict[str, set[str | None]] = {}
    for video in run.videos:
        found.setdefault(video.sample_id, set()).add(video.sha256)
    return {name: frozenset(digests) for name, digests in found.items()}


def require_same_judge(a: Run, b: Run) -> None:
    """Raise where the answers of the two runs come from different judges.

    A run without a judge has no answers to compare, so it is no contradiction.

    Raises:
        UserError: Names both judges.
    """
    one, other = a.info.judge, b.info.judge
    if one and other and one.fingerprint != other.fingerprint:
        raise UserError(
            f"{b.paths.folder}: judged by {judge_label(b)}, but {a.paths.folder} by "
            f"{judge_label(a)}, so that a difference may be the judges'; judge both with one, or "
            "give --allow-different-judge"
        )


def agreed_missing(a: Run, b: Run, given: Missing | None) -> Missing:
    """What a sample without a video counts: as given, or as both runs were scored.

    Raises:
        UserError: Nothing is given and the runs were scored with different rules.
    """
    if given is not None:
        return given
    if a.info.missing != b.info.missing:
        raise UserError(
            f"{b.paths.info}: missing: {b.info.missing}, but {a.paths.info} has {a.info.missing}; "
            "give --missing zero or --missing drop"
        )
    return a.info.missing


def judge_label(run: Run) -> str:
    """The judge's name and the start of its fingerprint."""
    judge = run.info.judge
    return f"{judge.name} {judge.fingerprint[:12]}" if judge else "no judge"


def _edition(run: Run) -> str:
    return edition_label(run.info.edition.name, run.info.edition.fingerprint)
