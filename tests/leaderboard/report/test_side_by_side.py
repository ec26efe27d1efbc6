"""Several runs with their videos, as markup; in a browser, see test_browser.py."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leaderboard.report import VideoFolders, write_report
from leaderboard.report.sample_cards import build_card, by_importance
from omiti2v.cli.report import report as report_command
from omiti2v.runs import Run

MakeRun = Callable[..., Run]

RIGHT = ("yes", "no", "yes")
IGNORED = ("no", "yes", "yes")
PARTIAL = ("yes", "yes", "yes")
HOSTILE = "</template></script><script>alert(1)</script>\"'><img src=x onerror=a>\u202e"


class Tags(HTMLParser):
    """All elements in their order, and the text of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def two(make_run: MakeRun, tmp_path: Path) -> tuple[list[Run], tuple[Path, Path]]:
    """Two runs with their videos: one sample flipped, one alike."""
    folders = (tmp_path / "a", tmp_path / "b")
    rows = ([IGNORED, RIGHT], [RIGHT, RIGHT])
    runs = [
        make_run(name=name, folder=f"run-{name}", answers=answers, videos=folder, frames=4)
        for name, answers, folder in zip(("Base", "AlignVid"), rows, folders, strict=True)
    ]
    return runs, folders


def write(path: Path, runs: list[Run], videos: VideoFolders | None) -> Tags:
    write_report(runs, path / "report.html", videos=videos)
    return Tags((path / "report.html").read_text(encoding="utf-8"))


def test_every_sample_holds_its_videos_in_a_template_that_nothing_loads_yet(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    runs, folders = two
    tags = write(tmp_path, runs, VideoFolders(folders))
    videos = tags.all("video")
    assert len(videos) == 4
    assert all((video["src"] or "").startswith("data:video/mp4;base64,") for video in videos)
    assert all(video["data-fps"] == "16.0" and "autoplay" not in video for video in videos)
    assert [video["aria-label"] for video in videos[:2]] == [
        "Video of sample kite-00 by Base",
        "Video of sample kite-00 by AlignVid",
    ]
    assert len(tags.all("template")) == 3  # two samples, and the player


def test_the_policy_allows_the_one_script_and_embedded_videos_alone(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    runs, folders = two
    tags = write(tmp_path, runs, VideoFolders(folders))
    (script,) = tags.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(row for row in tags.all("meta") if row.get("http-equiv"))["content"] or ""
    assert policy.split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        f"script-src 'sha256-{digest}'",
        "media-src data:",
    ]


def test_a_report_without_videos_runs_nothing(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    tags = write(tmp_path, two[0], None)
    assert not {"script", "video", "template"} & {tag for tag, _ in tags.found}
    assert {"in-deletion", "only-flipped"} <= {row.get("id") for row in tags.all("input")}


def test_hostile_text_stays_text_beside_videos(
    make_run: MakeRun, make_kite: Callable[..., object], tmp_path: Path
) -> None:
    folders = (tmp_path / "a", tmp_path / "b")
    short = HOSTILE[:90]
    sample = make_kite(
        0, prompt=HOSTILE, domain=short, subcategory=short, attribution=HOSTILE, licence=HOSTILE
    )
    runs = [
        make_run(
            name=f"{HOSTILE} {i}",
            folder=f"run-{i}",
            samples=[sample],
            answers=[answers],
            videos=folder,
            frames=4,
            judge=HOSTILE,
        )
        for i, (answers, folder) in enumerate(zip((RIGHT, IGNORED), folders, strict=True))
    ]
    tags = write(tmp_path, runs, VideoFolders(folders))
    assert len(tags.all("script")) == 1
    assert not [image for image in tags.all("img") if "onerror" in image]
    assert len(tags.all("video")) == 2
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)


def test_what_does_not_fit_is_named_and_flips_go_in_first(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    runs, folders = two
    size = sum((folder / "kite-00.mp4").stat().st_size for folder in folders)
    page = write_report(
        runs, tmp_path / "report.html", videos=VideoFolders(folders, 1.5 * size * 4 / 3e6)
    )
    assert page.videos_found.left_out == ("kite-01",)
    assert page.videos_found.samples == {"kite-00"}
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "The videos of 1 sample are not in this page" in text
    assert 'Left out: <a href="#sample-kite-01">kite-01</a>.' in text


def test_a_changed_video_is_not_shown_and_the_page_says_so(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    runs, folders = two
    with (folders[1] / "kite-00.mp4").open("ab") as file:
        file.write(b"\0")
    tags = write(tmp_path, runs, VideoFolders(folders))
    assert len(tags.all("video")) == 3
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("kite-00.mp4: not the file that the run is about") == 2
    assert "1 video could not be shown" in text


def test_the_samples_that_say_most_come_first(make_run: MakeRun) -> None:
    from leaderboard.report.sample_cards import RunLookup

    rows = [RIGHT, IGNORED, IGNORED, IGNORED, None]
    others = [RIGHT, IGNORED, PARTIAL, RIGHT, None]
    runs = [make_run(answers=rows), make_run(answers=others, folder="second")]
    scores = [run.compute_scores(missing="zero", resamples=100, seed=0) for run in runs]
    lookups = [RunLookup(run, score) for run, score in zip(runs, scores, strict=True)]
    cards = [build_card(sample, lookups) for sample in runs[0].samples]
    assert by_importance(cards) == ("kite-03", "kite-02", "kite-01", "kite-00", "kite-04")


def invoke(*arguments: object) -> tuple[int, str]:
    import typer

    app = typer.Typer()
    app.command()(report_command)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def test_the_command_takes_a_folder_of_videos_for_each_run(
    two: tuple[list[Run], tuple[Path, Path]], tmp_path: Path
) -> None:
    runs, (one, other) = two
    folders = [run.paths.folder for run in runs]
    output = tmp_path / "out.html"
    code, said = invoke(*folders, "--videos", one, "--videos", other, "-o", output)
    assert code == 0, said
    assert output.read_text(encoding="utf-8").count("<video ") == 4
    code, said = invoke(
        *folders, "--videos", one, "--videos", other, "--max-megabytes", 0, "-o", output
    )
    assert code == 0
    assert "--max-megabytes 0: the videos of 2 samples are not embedded: kite-00, kite-01" in said
    code, said = invoke(*folders, "--videos", one, "-o", output)
    assert code == 2 and "expected once for each run (2), in their order, got 1" in said
    code, said = invoke(*folders, "--link-videos", "-o", output)
    assert code == 2 and "needs --videos" in said
