"""When a judge is ready, and what `paper` and `fast` then take, on real videos.

Usage: python -m lab.benchmarks.judge_start RELEASE VIDEO... [--times 5] [--json]

RELEASE is a folder of a released model's small files, as config.json and tokenizer.json; its layers
are cut and their weights drawn at random. Ready is counted from the start of a process: of a bare
script that loads model and processor with transformers, of one that calls `load_judge`, and of
`omiti2v score`, of which all that it does before is a part. The three take turns.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import PIL.Image

from evaluators.frames import decode_video, sample_frames
from evaluators.judges import Judge, JudgeSpec, load_judge
from evaluators.judges.transformers_judge import TransformersJudge
from lab.benchmarks.measuring import benchmark_parser, print_rows, timed
from lab.random_checkpoint import random_checkpoint
from omiti2v.judge_spec import ProtocolName

QUESTIONS = (
    "Is there a tree at the end of the video?",
    "Is a car seen at the beginning of the video?",
    "Is the sky blue at the end of the video?",
)
_SAY = "import sys, time, pathlib; pathlib.Path(sys.argv[2]).write_text(repr(time.monotonic()))"
_BARE = (
    "from transformers import AutoModelForImageTextToText as M, AutoProcessor as P\n"
    "import sys\n"
    "processor = P.from_pretrained(sys.argv[1])\n"
    "model = M.from_pretrained(sys.argv[1], dtype='float32').eval()\n" + _SAY
)
_LOAD_JUDGE = (
    "from evaluators.judges import load_judge\n"
    "import sys\n"
    "judge = load_judge(sys.argv[1], dtype='float32', device='cpu')\n" + _SAY
)
PROBE = "lab.benchmarks.judge_start:probe"
WAYS = ("bare script", "load_judge", "omiti2v score")


def probe(spec: JudgeSpec) -> Judge:
    """The judge in a spec's options, which notes when it is ready; for `omiti2v score`."""
    judge = load_judge(spec.options["model"], dtype="float32", device="cpu", threshold=0.0)
    Path(spec.options["note"]).write_text(repr(time.monotonic()))
    return judge


def seconds_until_ready(checkpoint: Path, edition: Path, videos: Path) -> dict[str, float]:
    """By way, the seconds from a process's start until the model in it can be asked."""
    with tempfile.TemporaryDirectory() as scratch:
        note, spec = Path(scratch) / "ready", Path(scratch) / "judge.json"
        options = {"model": str(checkpoint), "note": str(note)}
        spec.write_text(json.dumps({"model": PROBE, "options": options}))
        score = ["omiti2v", "score", str(videos), "-o", str(Path(scratch) / "run"), "--no-cache"]
        score += ["--edition", str(edition), "--judge-config", str(spec)]
        commands = {
            "bare script": ["-c", _BARE, str(checkpoint), str(note)],
            "load_judge": ["-c", _LOAD_JUDGE, str(checkpoint), str(note)],
            "omiti2v score": ["-m", *score],
        }
        taken = {}
        for way, command in commands.items():
            note.unlink(missing_ok=True)
            started = time.monotonic()
            # The command exits with 1 where random weights answer nothing; that it came so far is
            # what the note says.
            subprocess.run([sys.executable, *command], capture_output=True, check=False)
            taken[way] = float(note.read_text()) - started
    return taken


def small_submission(videos: Sequence[Path], folder: Path) -> tuple[Path, Path]:
    """An edition of one sample a video, its first frame as image, and the videos named after it."""
    edition, submission = folder / "edition", folder / "videos"
    (edition / "images").mkdir(parents=True)
    submission.mkdir()
    rows = []
    for number, video in enumerate(videos):
        name = f"video-{number}"
        shutil.copy(video, submission / f"{name}.mp4")
        first = decode_video(video).frames[0]
        PIL.Image.fromarray(first).save(edition / "images" / f"{name}.png")
        asked = [
            {
                "id": f"q{place}",
                "question": question,
                "dimension": "object_presence",
                "expected_answer": "yes",
                "reference_answer": "no",
            }
            for place, question in enumerate(QUESTIONS)
        ]
        row = {"id": name, "image": f"images/{name}.png", "prompt": "A tree appears"}
        rows.append(json.dumps(row | {"category": "addition", "questions": asked}))
    (edition / "samples.jsonl").write_text("\n".join(rows) + "\n")
    return edition, submission


def start_rows(checkpoint: Path, videos: Sequence[Path], *, times: int) -> list[dict[str, object]]:
    """Median seconds until ready, by way, and the ratio to the bare script's of the same turn."""
    with tempfile.TemporaryDirectory() as scratch:
        edition, submission = small_submission(videos, Path(scratch))
        turns = [seconds_until_ready(checkpoint, edition, submission) for _ in range(times)]
    return [
        {
            "way": way,
            "ready after, s": median(turn[way] for turn in turns),
            "times the bare script": median(turn[way] / turn[WAYS[0]] for turn in turns),
        }
        for way in WAYS
    ]


def protocol_row(
    checkpoint: Path, protocol: ProtocolName, videos: Sequence[Path]
) -> dict[str, object]:
    """Seconds and tokens of all questions about all videos, the judge loaded before."""
    judge = TransformersJudge(checkpoint, protocol=protocol, dtype="float32", device="cpu")
    clips = [sample_frames(decode_video(video), judge.frame_rule) for video in videos]
    _, taken = timed(lambda: [judge.judge(clip, QUESTIONS) for clip in clips])
    usage = judge.usage
    return {
        "protocol": protocol,
        "videos": usage.clips,
        "questions": usage.questions,
        "video prefill": usage.video_prefill,
        "question prefill": usage.question_prefill,
        "decoded": usage.decoded,
        **taken.columns(),
    }


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("release", type=Path, help="a released model's small files")
    parser.add_argument("videos", type=Path, nargs="+")
    parser.add_argument("--times", type=int, default=5, help="turns of each way to start")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = random_checkpoint(chosen.release, Path(scratch) / chosen.release.name)
        rows = [protocol_row(checkpoint, p, chosen.videos) for p in ("paper", "fast")]
        print_rows(start_rows(checkpoint, chosen.videos, times=chosen.times), as_json=chosen.json)
    print_rows(rows, as_json=chosen.json, note="Seconds are of questions alone, start-up apart.")


if __name__ == "__main__":
    main()
