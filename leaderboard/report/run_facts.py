"""What a run is: who made the videos, who judged them, with which versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from omiti2v.definitions import MISSING_RULES
from omiti2v.edition_versions import edition_label, old_version_note
from omiti2v.errors import UserError
from omiti2v.number_format import percent, short_digest, with_unit
from omiti2v.plurals import counted
from omiti2v.records import brief
from omiti2v.responses import cut_off_note, remarks
from omiti2v.runs import Run, RunInfo
from omiti2v.scores import Scores
from omiti2v.submissions import SubmissionInfo
from omiti2v.take_scores import spread_lines

RANKED_FROM = 0.99
"""Share of samples with a video under which boards do not rank a run."""
_RANKED_FROM = with_unit(f"{RANKED_FROM * 100:.0f}")

_NO_JUDGE = "no judge: metrics only"


@dataclass(frozen=True)
class FactRow:
    """One fact about every run; an empty cell where a run does not give it."""

    label: str
    cells: tuple[str, ...]

    @property
    def is_shared(self) -> bool:
        """Whether it is the same for all runs."""
        return len(set(self.cells)) == 1


@dataclass(frozen=True)
class Facts:
    """The facts of all runs: first what a reader must know, then the rest."""

    main: tuple[FactRow, ...]
    more: tuple[FactRow, ...]


def refuse_mixed_editions(runs: Sequence[Run]) -> None:
    """Raise where the runs are not all of one edition.

    Raises:
        UserError: Names the first run that differs.
    """
    first = runs[0]
    for run in runs[1:]:
        if run.info.edition.fingerprint != first.info.edition.fingerprint:
            raise UserError(
                f"{run.paths.folder}: a run of edition {_edition(run)}, but {first.paths.folder} "
                f"is of edition {_edition(first)}; a report takes runs of one edition"
            )


def judge_label(info: RunInfo) -> str:
    """The judge's name, how it was asked, and its short fingerprint."""
    if info.judge is None:
        return _NO_JUDGE
    parts = (info.judge.name, info.judge.manner, short_digest(info.judge.fingerprint))
    return " · ".join(filter(None, parts))


def collect_facts(runs: Sequence[Run], scores: Sequence[Scores]) -> Facts:
    """The facts of the runs, rows that no run fills left out."""
    infos = [run.info for run in runs]
    return Facts(
        main=_rows(
            infos,
            {
                "Method": lambda info: info.submission.method,
                "Backbone": lambda info: info.submission.backbone,
                "Judge": judge_label,
                "Samples": _sample_count,
                "Missing videos": lambda info: MISSING_RULES[info.missing],
            },
        ),
        more=(
            *_rows(
                infos,
                {
                    "Backbone revision": lambda info: info.submission.revision,
                    "Settings": lambda info: as_lines(info.submission.settings),
                    "Seed of the videos": lambda info: seed_text(info.submission),
                    "Contact": lambda info: info.submission.contact,
                    "License": lambda info: info.submission.license,
                    "Links": lambda info: ", ".join(info.submission.links),
                    "Judge's settings": lambda info: (
                        as_lines(info.judge.identity) if info.judge else None
                    ),
                    "Versions of the metrics": lambda info: as_lines(
                        {name: stamp.version for name, stamp in info.metrics.items()}
                    ),
                    "Versions of the software": lambda info: as_lines(info.versions),
                },
            ),
            *_takes_rows(scores),
            FactRow(
                "Intervals",
                tuple(
                    "95 %, Clopper-Pearson over samples, their number an effective one"
                    for _ in scores
                ),
            ),
        ),
    )


def collect_notices(
    runs: Sequence[Run], scores: Sequence[Scores], names: Sequence[str]
) -> tuple[str, ...]:
    """What a reader must know before reading a number, as sentences."""
    notices = []
    infos = [run.info for run in runs]
    if old := old_version_note(infos[0].edition.fingerprint):
        notices.append(f"{'This run is' if len(runs) == 1 else 'These runs are'} {old}.")
    if len({info.judge.fingerprint for info in infos if info.judge}) > 1:
        notices.append(
            "These runs were judged by different judges. The numbers of different judges are not "
            "comparable."
        )
    odd = "so their scores are not comparable."
    if len({info.missing for info in infos}) > 1:
        notices.append(f"These runs treat missing videos differently, {odd}")
    if len({tuple(sample.id for sample in run.samples) for run in runs}) > 1:
        notices.append(f"These runs do not cover the same samples, {odd}")
    for metric in sorted(set.intersection(*(set(info.metrics) for info in infos))):
        if len({info.metrics[metric].version for info in infos}) > 1:
            notices.append(f"The metric {metric} was computed in different versions.")
    for run, score, name in zip(runs, scores, names, strict=True):
        notices += [f"{name}: {sentence}" for sentence in _run_notices(run, score)]
    return tuple(notices)


def _takes_rows(scores: Sequence[Scores]) -> list[FactRow]:
    cells = tuple("\n".join(spread_lines(row.takes)) if row.takes else "" for row in scores)
    return [FactRow("Takes", cells)] if any(cells) else []


def _run_notices(run: Run, scores: Scores) -> list[str]:
    sentences = []
    if scores.judge_unavailable:
        sentences.append(f"{scores.judge_unavailable}.")
    covered, total = len(run.samples), run.info.edition.samples
    if run.info.sample_ids is not None:
        sentences.append(
            f"limited to {covered} of the edition's {counted(total, 'sample')}; "
            "its scores are about these alone."
        )
    videos = scores.coverage["videos"].value
    if videos < RANKED_FROM:
        absent = covered - round(videos * covered)
        sentences.append(
            f"not rankable: {absent} of {counted(covered, 'sample')} "
            f"{'has' if absent == 1 else 'have'} no video (coverage "
            f"{with_unit(percent(videos))}, a board asks for {_RANKED_FROM})."
        )
    if run.info.missing == "drop":
        sentences.append(
            "samples without a video are left out; on a board they count 0, so these scores may "
            "be higher than there."
        )
    if cut := cut_off_note(run.responses):
        sentences.append(cut)
    return [*sentences, *(f"{remark}." for remark in remarks(run.measurements))]


def _rows(
    infos: Sequence[RunInfo], facts: Mapping[str, Callable[[RunInfo], object]]
) -> tuple[FactRow, ...]:
    rows = [
        FactRow(label, tuple(_cell(fact(info)) for info in infos)) for label, fact in facts.items()
    ]
    return tuple(row for row in rows if any(row.cells))


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def seed_text(submission: SubmissionInfo) -> str:
    """The seed or seeds of the videos, as `submission.yaml` says; empty where it does not."""
    if submission.seeds:
        return ", ".join(map(str, submission.seeds))
    return _cell(submission.seed)


def as_lines(values: Mapping[str, object]) -> str:
    """A mapping as text, `name: value` a line; what is no text is shortened."""
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else brief(value, limit=200)}"
        for name, value in values.items()
    )


def _sample_count(info: RunInfo) -> str:
    if info.sample_ids is None:
        return f"all {info.edition.samples}"
    return f"{len(info.sample_ids)} of {info.edition.samples}"


def _edition(run: Run) -> str:
    return edition_label(run.info.edition.name, run.info.edition.fingerprint)
