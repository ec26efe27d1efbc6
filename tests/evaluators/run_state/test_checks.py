"""The check of each video: what is logged, what the cache knows, what is pending."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines.tasks import Checked
from evaluators.run_state.checks import Checks
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.findings import Finding, Level, VideoReport
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample
from omiti2v.takes import SampleVideo

DIGEST, OTHER = "a" * 64, "b" * 64


def finding(level: Level = "error") -> Finding:
    return Finding(level=level, code="swapped", subject="v.mp4", message="shows another image")


def checked(sample: Sample, *findings: Finding, file: str = "v.mp4") -> Checked:
    report = VideoReport(
        sample_id=sample.id, file=file, sha256=DIGEST, frames=8, fps=8.0, findings=findings
    )
    strip, reference = (base64.b64encode(part).decode() for part in (b"strip", b"reference"))
    return Checked(report=report, strip=strip, reference=reference)


@pytest.fixture
def checks(
    edition: Edition, open_run: Callable[[], RunWriter], cache: EvaluationCache
) -> Callable[..., Checks]:
    """A function that opens the run anew, every file being as it was."""

    def build(
        *allowed: str, digest: str = DIGEST, of: Edition = edition, cached: bool = True
    ) -> Checks:
        built = Checks(of, open_run(), cache if cached else None, allowed_errors=allowed)
        built.forget_outdated(Presence({sample.id: digest for sample in of.samples}))
        return built

    return build


def test_a_check_is_logged_with_its_pictures_and_not_made_again(
    edition: Edition, open_run: Callable[[], RunWriter], checks: Callable[..., Checks]
) -> None:
    sample = edition.samples[0]
    state = checks(cached=False)
    assert state.is_pending(SampleVideo(sample), "v.mp4", DIGEST)
    state.record(SampleVideo(sample), DIGEST, checked(sample))
    assert not state.is_pending(SampleVideo(sample), "v.mp4", DIGEST)
    assert not checks(cached=False).is_pending(SampleVideo(sample), "v.mp4", DIGEST)
    run = open_run()
    assert [row.sample_id for row in run.videos.rows] == [sample.id]
    assert run.paths.strip_path(sample.id).read_bytes() == b"strip"
    assert run.paths.reference_path(sample.id).read_bytes() == b"reference"


@pytest.mark.parametrize("content", [None, b"", "a link to itself"])
def test_a_check_whose_picture_is_gone_or_empty_is_made_again_and_logged_once(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    checks: Callable[..., Checks],
    content: bytes | str | None,
) -> None:
    sample = edition.samples[0]
    checks().record(SampleVideo(sample), DIGEST, checked(sample))
    picture = open_run().paths.strip_path(sample.id)
    picture.unlink()
    if isinstance(content, bytes):
        picture.write_bytes(content)
    elif content:
        picture.symlink_to(picture)
    assert checks(cached=False).is_pending(SampleVideo(sample), "v.mp4", DIGEST)
    assert not checks().is_pending(SampleVideo(sample), "v.mp4", DIGEST)  # from the cache
    assert picture.read_bytes() == b"strip"
    assert len(open_run().videos.rows) == 1


def test_a_cached_check_is_logged_under_the_file_s_name_of_today(
    edition: Edition, open_run: Callable[[], RunWriter], checks: Callable[..., Checks]
) -> None:
    sample = edition.samples[0]
    checks().record(SampleVideo(sample), DIGEST, checked(sample, finding("warning")))
    checks(digest=OTHER)  # which drops the row
    assert not checks().is_pending(SampleVideo(sample), "renamed.mp4", DIGEST)
    (row,) = open_run().videos.rows
    assert (row.file, row.findings[0].subject) == ("renamed.mp4", "renamed.mp4")


@pytest.mark.parametrize("change", ["file", "sample", "edition"])
def test_a_cached_check_is_of_one_file_sample_and_edition(
    edition: Edition, checks: Callable[..., Checks], tmp_path: Path, change: str
) -> None:
    first, second, _ = edition.samples
    checks().record(SampleVideo(first), DIGEST, checked(first))
    checks(digest=OTHER)  # which drops the row
    now = edition
    if change == "edition":
        # A first frame is compared with all the edition's images.
        with edition.image_path(second).open("ab") as image:
            image.write(b"\0")
        now = load_edition_folder(tmp_path / "edition")
    digest = OTHER if change == "file" else DIGEST
    sample = second if change == "sample" else first
    assert checks(of=now).is_pending(SampleVideo(sample), "v.mp4", digest)


def test_an_error_keeps_a_video_from_being_judged_unless_it_is_allowed(
    edition: Edition, checks: Callable[..., Checks]
) -> None:
    first, second, _ = edition.samples
    state = checks()
    state.record(SampleVideo(first), DIGEST, checked(first, finding("warning"), finding()))
    state.record(SampleVideo(second), DIGEST, checked(second, finding("warning")))
    assert state.blocking_error(SampleVideo(first)) == "shows another image"
    assert state.blocking_error(SampleVideo(second)) is None
    assert checks("swapped").blocking_error(SampleVideo(first)) is None


def test_a_file_that_fails_is_tried_again_by_the_next_run_and_what_was_found_before_stays(
    edition: Edition, open_run: Callable[[], RunWriter], checks: Callable[..., Checks]
) -> None:
    first, second, _ = edition.samples
    state = checks(cached=False)
    state.record(SampleVideo(first), DIGEST, checked(first))
    for sample in (first, second):
        failed = VideoReport(
            sample_id=sample.id, file="v.mp4", sha256=DIGEST, findings=(finding(),)
        )
        state.fail(failed)
    assert state.blocking_error(SampleVideo(first)) is None
    assert state.blocking_error(SampleVideo(second)) == "shows another image"
    assert [row.frames for row in open_run().videos.rows] == [8, None]
    again = checks(cached=False)
    assert not again.is_pending(SampleVideo(first), "v.mp4", DIGEST)
    assert again.is_pending(SampleVideo(second), "v.mp4", DIGEST)
    again.record(SampleVideo(second), DIGEST, checked(second))
    assert [row.frames for row in open_run().videos.rows] == [8, 8]


def test_a_file_that_used_up_its_time_is_not_opened_again_unless_asked(
    edition: Edition, open_run: Callable[[], RunWriter], checks: Callable[..., Checks]
) -> None:
    sample = edition.samples[0]
    costly = Finding(level="error", code="costly", subject="v.mp4", message="took too long")
    checks().fail(VideoReport(sample_id=sample.id, file="v", sha256=DIGEST, findings=(costly,)))
    again = checks()
    assert not again.is_pending(SampleVideo(sample), "v.mp4", DIGEST)
    assert again.blocking_error(SampleVideo(sample)) == "took too long"
    assert checks(digest=OTHER).is_pending(SampleVideo(sample), "v.mp4", OTHER)
    checks().fail(VideoReport(sample_id=sample.id, file="v", sha256=DIGEST, findings=(costly,)))
    asked = checks()
    asked.forget_outdated(Presence({sample.id: DIGEST}), retry_costly=True)
    assert asked.is_pending(SampleVideo(sample), "v.mp4", DIGEST)


def test_the_check_of_a_file_that_is_not_there_stays(
    edition: Edition, open_run: Callable[[], RunWriter], checks: Callable[..., Checks]
) -> None:
    sample = edition.samples[0]
    checks().record(SampleVideo(sample), DIGEST, checked(sample))
    checks().forget_outdated(Presence({}, kept={sample.id: "not there"}))
    assert [row.sample_id for row in open_run().videos.rows] == [sample.id]
