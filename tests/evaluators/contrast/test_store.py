"""The set on disk: an edition, a submission for each kind of clip, what is true of each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from evaluators.check import check_submission
from evaluators.contrast import store
from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.store import ClipLine, RenderedClip, write_contrast
from omiti2v.editions import load_edition_folder
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.records import read_record, read_records
from omiti2v.submissions import read_submission

MakeSet = Callable[..., ContrastSet]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "out", tmp_path / "cache"


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_each_kind_of_clip_is_a_submission(make_set: MakeSet, places: tuple[Path, Path]) -> None:
    out, cache = places
    found = make_set()
    write_contrast(found, out, cache=cache, workers=1)
    edition = load_edition_folder(out / "edition")
    assert [sample.id for sample in edition.samples] == [s.id for s in found.samples]
    assert sorted(path.name for path in (out / "videos").iterdir()) == [
        "camera_only",
        "pops_up",
        "right",
        "still",
    ]
    right = {path.name for path in (out / "videos" / "right").iterdir()}
    assert right == {*(f"{sample.id}.mp4" for sample in found.samples), "submission.yaml"}


def test_clips_jsonl_says_what_is_true(make_set: MakeSet, places: tuple[Path, Path]) -> None:
    out, cache = places
    write_contrast(make_set(), out, cache=cache, workers=1)
    lines = {line.clip: line for line in read_records(out / "clips.jsonl", ClipLine)}
    assert len(lines) == 12
    line = lines["addition-001/pops_up"]
    assert line.answers == {"q1": "no", "q2": "no", "q3": "yes"}
    assert line.reasons["q1"] == "it fades on its spot" and line.breaks == ("f2",)


def test_processes_write_the_same_files(make_set: MakeSet, tmp_path: Path) -> None:
    found = make_set(grain=1.0)
    write_contrast(found, tmp_path / "a", cache=tmp_path / "c1", workers=1)
    write_contrast(found, tmp_path / "b", cache=tmp_path / "c2", workers=2)
    assert files_under(tmp_path / "a") == files_under(tmp_path / "b")


def test_what_was_rendered_is_not_rendered_again(
    make_set: MakeSet, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, cache = places
    found = make_set()
    write_contrast(found, out, cache=cache, workers=1)
    before = files_under(out)

    def never(*args: object) -> None:
        raise AssertionError("rendered again")

    monkeypatch.setattr(store, "render_clip", never)
    write_contrast(found, out, cache=cache, workers=1)
    assert files_under(out) == before


def test_an_interrupted_rendering_goes_on(make_set: MakeSet, places: tuple[Path, Path]) -> None:
    out, cache = places
    found = make_set()
    seen = []

    def stop() -> None:
        seen.append(len(list(cache.glob("*.mp4"))))
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_contrast(found, out, cache=cache, workers=1, progress=stop)
    kept = {path: path.stat().st_mtime_ns for path in cache.glob("*.mp4")}
    assert len(kept) == 4 and not (out / "clips.jsonl").exists()
    write_contrast(found, out, cache=cache, workers=1)
    assert all(path.stat().st_mtime_ns == then for path, then in kept.items())
    assert len(read_records(out / "clips.jsonl", ClipLine)) == 12


@pytest.mark.parametrize("damage", [b"", b"no video"])
def test_a_damaged_clip_is_rendered_again(
    make_set: MakeSet, places: tuple[Path, Path], damage: bytes
) -> None:
    out, cache = places
    found = make_set()
    write_contrast(found, out, cache=cache, workers=1)
    before = files_under(out)
    for path in (*cache.glob("*.mp4"), *out.glob("videos/*/*.mp4")):
        path.write_bytes(damage)
    write_contrast(found, out, cache=cache, workers=1)
    assert files_under(out) == before


def test_a_clip_has_another_digest_where_anything_it_is_made_of_changes(make_set: MakeSet) -> None:
    found = make_set()
    clip = found.clips["addition-001"][0]
    before = found.digest(clip)
    mask = found.folder / "masks" / "addition-001" / "ball.png"
    mask.write_bytes(mask.read_bytes() + b"0")
    assert found.digest(clip) != before
    for fields in ({"grain": 1.0}, {"seed": 3}, {"crf": 25}, {"camera": {"zoom": 1.1}}):
        other = make_set(**fields)
        assert other.digest(other.clips["addition-001"][0]) != before


def test_the_time_taken_is_kept_beside_the_clip_not_in_the_folder(
    make_set: MakeSet, places: tuple[Path, Path]
) -> None:
    out, cache = places
    found = make_set()
    write_contrast(found, out, cache=cache, workers=1)
    made = read_record(cache / f"{found.digest(found.clips['addition-001'][0])}.json", RenderedClip)
    assert made.seconds > 0
    assert "seconds" not in json.loads((out / "clips.jsonl").read_text().splitlines()[0])


def test_the_videos_are_readable_and_of_the_frames_told(
    make_set: MakeSet, places: tuple[Path, Path]
) -> None:
    out, cache = places
    write_contrast(make_set(), out, cache=cache, workers=1)
    edition = load_edition_folder(out / "edition")
    report = check_submission(read_submission(out / "videos" / "right", edition), edition)
    assert not [finding for finding in report.findings if finding.level == "error"]
    assert [(video.frames, video.width) for video in report.videos] == [(33, 96)] * 3


def test_a_folder_with_other_clips_is_refused(make_set: MakeSet, places: tuple[Path, Path]) -> None:
    out, cache = places
    found = make_set()
    write_contrast(found, out, cache=cache, workers=1, samples=found.samples[:2])
    before = files_under(out)
    with pytest.raises(UserError, match="lists 8 clips that are not asked for now"):
        write_contrast(found, out, cache=cache, workers=1, samples=found.samples[2:])
    assert files_under(out) == before
    write_contrast(found, out, cache=cache, workers=1)
    assert len(read_records(out / "clips.jsonl", ClipLine)) == 12


def test_a_process_that_is_killed_is_one_line_and_loses_nothing(
    make_set: MakeSet, places: tuple[Path, Path]
) -> None:
    out, cache = places
    found = make_set(frames=81, grain=3.0)

    def kill() -> None:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if any("spawn_main" in word for word in process.cmdline()):
                    process.kill()

    with pytest.raises(UserError, match="was ended from outside"):
        write_contrast(found, out, cache=cache, workers=2, progress=kill)
    assert list(cache.glob("*.mp4"))
    write_contrast(found, out, cache=cache, workers=1)
    assert len(read_records(out / "clips.jsonl", ClipLine)) == 12


def test_a_place_that_can_not_be_written_is_one_line_from_a_process_too(
    make_set: MakeSet, places: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="can't be written"):
        write_contrast(make_set(), places[0], cache=tmp_path / "file", workers=2)


def test_processes_end_with_a_parent_that_is_killed(make_set: MakeSet, tmp_path: Path) -> None:
    make_set(frames=81, grain=3.0)
    code = f"""
import sys
from pathlib import Path
from evaluators.contrast.contrast_set import load_contrast
from evaluators.contrast.store import write_contrast
from omiti2v.editions import load_edition_folder
from omiti2v.errors import CannotWriteError, UserError
if __name__ == "__main__":
    edition = load_edition_folder(Path(sys.argv[1]))
    found = load_contrast(Path({str(tmp_path / "set")!r}), edition=edition)
    tell = lambda: print("one", flush=True)
    write_contrast(found, Path("out"), cache=Path("cache"), workers=2, progress=tell)
"""
    (tmp_path / "render.py").write_text(code)
    folder = str(make_set().edition.root)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "render.py"), folder], cwd=tmp_path, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 2
        parent.kill()
        _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
