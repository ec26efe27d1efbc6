"""Run folders as scoring leaves them: twelve samples with every outcome, answer and finding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from omiti2v.editions import Edition
from omiti2v.findings import Finding, VideoReport
from omiti2v.mp4 import write_mp4
from omiti2v.responses import Answer, Measurement, Response
from omiti2v.runs import (
    EditionStamp,
    JudgeStamp,
    MetricStamp,
    Run,
    RunInfo,
    RunPaths,
    RunWriter,
    read_run,
)
from omiti2v.samples import CATEGORIES, Facet, Question, Sample
from omiti2v.submissions import SubmissionInfo

# What the judge answers to the questions of a sample (there, gone, still), whose expected answers
# are yes, no, yes and whose reference answers are no, yes, yes; None where there is no video.
SUCCESS: tuple[Answer, ...] = ("yes", "no", "yes")
NEGLIGENT: tuple[Answer, ...] = ("no", "yes", "yes")
PARTIAL: tuple[Answer, ...] = ("yes", "yes", "yes")
BROKEN: tuple[Answer, ...] = ("yes", "no", "no")
UNKNOWN: tuple[Answer, ...] = ("unknown", "no", "yes")
ERROR: tuple[Answer, ...] = ("error", "error", "error")

TWELVE: tuple[tuple[Answer, ...] | None, ...] = (
    SUCCESS,
    NEGLIGENT,
    PARTIAL,
    BROKEN,
    SUCCESS,
    UNKNOWN,
    NEGLIGENT,
    ERROR,
    SUCCESS,
    NEGLIGENT,
    BROKEN,
    None,
)

MakeRun = Callable[..., Run]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_sample(index: int, *, roles: bool = True, **changes: object) -> Sample:
    """A sample about a red kite that replaces a green boat."""
    questions = (
        ("there", "Is a red kite in the sky at the end of the video?", "yes", "no", "presence"),
        ("gone", "Is the small green boat still on the water at the end?", "no", "yes", "presence"),
        ("still", "Is there a lighthouse on the left?", "yes", "yes", "scene"),
    )
    fields: dict[str, object] = {
        "id": f"kite-{index:02d}",
        "image": f"images/{index}.jpg",
        "prompt": "A red kite rises into the sky while the small green boat sails out of view.",
        "category": CATEGORIES[index % 3],
        "subcategory": ("object", "attribute")[index % 2],
        "domain": ("seaside", "city", "interior")[index % 3],
        "image_type": ("real", "animation", "generated")[index // 4 % 3],
        "attribution": "Photo by A. Fisher",
        "licence": "CC BY 4.0",
        "questions": tuple(
            Question(
                id=name,
                question=text,
                dimension=dimension,
                expected_answer=expected,
                reference_answer=reference if roles else None,
            )
            for name, text, expected, reference, dimension in questions
        ),
    }
    return Sample.model_validate(fields | changes)


def make_edition(samples: Sequence[Sample]) -> Edition:
    images = {sample.id: digest(sample.image) for sample in samples}
    return Edition("seaside", tuple(samples), images, None)


def draw_frame(index: int, moment: float, size: tuple[int, int] = (160, 96)) -> PIL.Image.Image:
    """A sky, a sea, a lighthouse, and a kite that rises with `moment` from 0 to 1."""
    width, height = size
    shade = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([150 + 7 * index, 195, 225]) * (1 - shade) + np.array([235, 225, 205]) * shade
    image = PIL.Image.fromarray(np.broadcast_to(sky, (height, width, 3)).astype(np.uint8))
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.7, width, height), fill=(60, 110, 140))
    draw.rectangle((width * 0.1, height * 0.3, width * 0.16, height * 0.75), fill=(245, 240, 235))
    x, y = width * (0.4 + 0.3 * moment), height * (0.65 - 0.45 * moment)
    draw.polygon([(x, y - 9), (x + 8, y), (x, y + 12), (x - 8, y)], fill=(190, 45, 40))
    return image


def write_pictures(paths: RunPaths, sample_id: str, index: int, *, moves: bool) -> None:
    """The reference image, and a strip of six frames."""
    paths.strips.mkdir(exist_ok=True)
    paths.references.mkdir(exist_ok=True)
    draw_frame(index, 0).save(paths.reference_path(sample_id), "JPEG")
    strip = PIL.Image.new("RGB", (6 * 160 + 15, 96), "white")
    for i in range(6):
        strip.paste(draw_frame(index, i / 5 if moves else 0), (i * 163, 0))
    strip.save(paths.strip_path(sample_id), "JPEG", quality=78)


def write_clip(path: Path, index: int, *, frames: int = 24, fps: int = 12) -> str:
    """A real video of the kite, as mp4; its digest."""
    pictures = [np.asarray(draw_frame(index, i / frames)) for i in range(frames)]
    write_mp4(path, np.stack(pictures), fps=fps)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_responses(
    sample: Sample, answers: Sequence[Answer], judge: JudgeStamp, sha256: str
) -> list[Response]:
    p_yes: Mapping[Answer, float | None] = {"yes": 0.93, "no": 0.08, "unknown": None, "error": None}
    reasons = {
        "unknown": "0.21 of the probability is on yes and no together, expected 0.5",
        "error": "the video holds no frame",
    }
    return [
        Response(
            sample_id=sample.id,
            question_id=question.id,
            question=question.question,
            answer=answer,
            p_yes=p_yes[answer],
            mass=None if p_yes[answer] is None else 0.98,
            reason=reasons.get(answer),
            video_sha256=sha256,
            judge=judge.fingerprint,
            frames="count=8",
        )
        for question, answer in zip(sample.questions, answers, strict=True)
    ]


def make_video_report(
    sample: Sample, answers: Sequence[Answer], sha256: str, fps: float
) -> VideoReport:
    file = f"{sample.id}.mp4"
    if "error" in answers:
        finding = Finding(
            level="error", code="undecodable", subject=file, message="the video holds no frame"
        )
        return VideoReport(sample_id=sample.id, file=file, sha256=sha256, findings=(finding,))
    frozen = Finding(
        level="warning", code="frozen", subject=file, message="every frame shows the same picture"
    )
    return VideoReport(
        sample_id=sample.id,
        file=file,
        sha256=sha256,
        frames=81,
        fps=fps,
        width=832,
        height=480,
        codec="h264",
        findings=(frozen,) if tuple(answers) == NEGLIGENT else (),
    )


def make_measurement(sample: Sample, answers: Sequence[Answer], sha256: str) -> Measurement:
    return Measurement(
        sample_id=sample.id,
        metric="dynamic_degree_dis",
        metric_version="1",
        value=0.0 if tuple(answers) == NEGLIGENT else 1.0,
        video_sha256=sha256,
    )


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Writes a run folder and reads it back; with `videos`, a folder of real ones too."""

    def make(
        *,
        name: str = "Wan2.1-I2V-14B + AlignVid",
        folder: str = "run",
        samples: Sequence[Sample] | None = None,
        answers: Sequence[Sequence[Answer] | None] = TWELVE,
        judge: str | None = "qwen2.5-vl-7b fast",
        pictures: bool = True,
        videos: Path | None = None,
        fps: int = 16,
        frames: int = 24,
        **info: object,
    ) -> Run:
        edition = make_edition(samples or [make_sample(i) for i in range(len(answers))])
        stamp = judge and JudgeStamp(
            name=judge, fingerprint=digest(judge), identity={"protocol": "fast", "name": judge}
        )
        fields: dict[str, object] = {
            "submission": SubmissionInfo(
                name=name,
                method="AlignVid",
                backbone="Wan2.1-I2V-14B-480P",
                revision="6b73f84",
                settings={"steps": 50, "guidance": 5.0},
                seed=42,
                licence="Apache-2.0",
                links=("https://example.org/alignvid",),
            ),
            "edition": EditionStamp(
                name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
            ),
            "judge": stamp or None,
            "metrics": {
                "dynamic_degree_dis": MetricStamp(
                    version="1",
                    unit="share of videos",
                    higher_is_better=None,
                    description="Whether the video moves, by dense optical flow.",
                )
            },
            "resamples": 500,
            "seed": 0,
            "versions": {"omiti2v": "0.1.0", "python": "3.11.9"},
        }
        path = tmp_path / folder
        rows = [
            (sample, row)
            for sample, row in zip(edition.samples, answers, strict=True)
            if row is not None
        ]
        sha256 = {sample.id: digest(sample.id) for sample, _ in rows}
        if videos:
            for i, (sample, _) in enumerate(rows):
                file = videos / f"{sample.id}.mp4"
                sha256[sample.id] = write_clip(file, i, frames=frames, fps=fps)
        with RunWriter(path, RunInfo.model_validate(fields | info), edition) as run:
            run.videos.add(
                [make_video_report(sample, row, sha256[sample.id], fps) for sample, row in rows]
            )
            run.measurements.add(
                [make_measurement(sample, row, sha256[sample.id]) for sample, row in rows]
            )
            if stamp:
                run.responses.add(
                    [
                        item
                        for sample, row in rows
                        for item in make_responses(sample, row, stamp, sha256[sample.id])
                    ]
                )
            for i, (sample, row) in enumerate(rows):
                if pictures and "error" not in row:
                    write_pictures(run.paths, sample.id, i, moves=tuple(row) != NEGLIGENT)
        return read_run(path)

    return make


@pytest.fixture
def make_kite() -> Callable[..., Sample]:
    """Builds a sample; see `make_sample`."""
    return make_sample


@pytest.fixture
def make_faceted(make_kite: Callable[..., Sample]) -> Callable[..., Sample]:
    """Builds a sample whose first two questions are about its identity, and one what stays."""

    def build(index: int) -> Sample:
        sample = make_kite(index)
        questions = tuple(
            question.model_copy(update={"facet": facet})
            for question, facet in zip(sample.questions, ("f1", "f1", "f2"), strict=True)
        )
        facets = (
            Facet(id="f1", kind="identity", text="A red kite"),
            Facet(id="f2", kind="stays", text="<b>sky</b>"),
        )
        return sample.model_copy(update={"questions": questions, "facets": facets})

    return build
