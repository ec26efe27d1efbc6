from __future__ import annotations

from omiti2v.findings import CheckReport, Finding, VideoReport
from omiti2v.submissions import SubmissionInfo

FINDING = Finding(level="warning", code="frozen", subject="a.mp4", message="Nothing moves.")


def test_a_report_of_a_renamed_file_names_it_everywhere() -> None:
    report = VideoReport(sample_id="a", file="a.mp4", frames=3, findings=(FINDING,))
    renamed = report.renamed("b.mp4")
    assert (renamed.file, renamed.findings[0].subject, renamed.frames) == ("b.mp4", "b.mp4", 3)
    assert report.findings[0].subject == "a.mp4"


def test_only_an_error_makes_a_submission_not_ok() -> None:
    report = CheckReport(
        submission=SubmissionInfo(name="a model"),
        edition="open",
        edition_fingerprint="0" * 64,
        samples=1,
        videos=(),
        findings=(FINDING,),
    )
    assert report.ok
    error = FINDING.model_copy(update={"level": "error"})
    assert not report.model_copy(update={"findings": (FINDING, error)}).ok
