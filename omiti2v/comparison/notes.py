"""What to know before reading a number of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from omiti2v.comparison.match import MatchedVideos, digests_by_sample, judge_label
from omiti2v.definitions import FEW_SAMPLES
from omiti2v.edition_versions import old_version_note
from omiti2v.number_format import short_digest
from omiti2v.plurals import counted
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.scores import Missing


def comparison_notes(
    a: Run,
    b: Run,
    *,
    covered: Sequence[Sample],
    compared: int,
    videos: MatchedVideos,
    missing: Missing,
) -> Iterator[str]:
    """The notes, one line each.

    Args:
        a, b: The runs.
        covered: The samples that both cover.
        compared: Number of samples left after `missing`.
        videos: Over which the samples are compared.
        missing: The rule.
    """
    if old := old_version_note(a.info.edition.fingerprint):
        yield f"both runs are {old}"
    if plans := {run.info.plan.digest for run in (a, b) if run.info.plan}:
        yield (
            f"made by plan {', '.join(map(short_digest, sorted(plans)))}: the p-values and "
            "intervals here don't count its looks; omiti2v compare --plan gives those that do"
        )
    yield from _judges(a, b)
    yield from _videos(a, b, covered, compared, missing)
    if videos.by_seed:
        yield (
            f"takes: {counted(videos.by_seed, 'sample')} compared over the seeds that both have; "
            "a value need not be that of all takes"
        )
    if videos.averaged:
        yield f"takes: {counted(videos.averaged, 'sample')} compared over all takes of each run"
    if videos.by_seed or videos.averaged:
        yield "takes: McNemar's test and flips count a success of more than half of the takes"
    for name in sorted(a.info.metrics.keys() | b.info.metrics.keys()):
        stamps = [run.info.metrics.get(name) for run in (a, b)]
        versions = [stamp.version if stamp else None for stamp in stamps]
        if None in versions:
            yield f"{name}: measured in {'B' if versions[0] is None else 'A'} alone, not compared"
        elif versions[0] != versions[1]:
            yield f"{name}: version {versions[0]} in A, {versions[1]} in B, not compared"
    if compared < FEW_SAMPLES:
        yield (
            f"fewer than {FEW_SAMPLES} samples: the intervals are wide, and the detectable "
            "differences are given too small"
        )


def _judges(a: Run, b: Run) -> Iterator[str]:
    one, other = a.info.judge, b.info.judge
    if one is None and other is None:
        yield "no judge in either run: metrics only"
    elif one is None or other is None:
        yield f"no judge in {'A' if one is None else 'B'}: metrics only"
    elif one.fingerprint != other.fingerprint:
        yield (
            f"judged by different judges, {judge_label(a)} and {judge_label(b)}: a difference may "
            "be the judges', not the videos'"
        )
    if a.info.allow_mismatch != b.info.allow_mismatch:
        yield "one run judged videos that show another sample's image (--allow-mismatch), one not"
    changed = [
        f"{name} {a.info.versions[name]} and {b.info.versions[name]}"
        for name in sorted(a.info.versions.keys() & b.info.versions.keys())
        if a.info.versions[name] != b.info.versions[name]
    ]
    if changed:
        yield f"made with different versions: {', '.join(changed)}"


def _videos(
    a: Run, b: Run, covered: Sequence[Sample], compared: int, missing: Missing
) -> Iterator[str]:
    ids = {sample.id for sample in covered}
    if len(ids) < a.info.edition.samples:
        yield f"{len(ids)} of the edition's {a.info.edition.samples} samples are covered by both"
    videos = [
        {name: digests for name, digests in digests_by_sample(run).items() if name in ids}
        for run in (a, b)
    ]
    absent = [len(ids) - len(row) for row in videos]
    if any(absent) and missing == "zero":
        yield (
            f"samples without a video: {absent[0]} in A, {absent[1]} in B; each counts 0 for its "
            "run and is left out of the metrics of both"
        )
    elif any(absent):
        yield f"{len(ids) - compared} samples have no video in A or in B and are left out of both"
    shared = videos[0].keys() & videos[1].keys()
    same = sum(bool(videos[0][name] & videos[1][name] - {None}) for name in shared)
    if same:
        yield f"{same} of {len(ids)} samples have the same video file in both runs"
