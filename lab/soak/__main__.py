"""A soak: `omiti2v score` over many small videos, hostile ones among them, while random signals
kill, stop and crash its workers and decoding processes.

Usage: python -m lab.soak --out FOLDER [--videos 2000] [--hostile 0.05] [--workers 2]
[--engine local|workers|ray] [--seed 0] [--pause 4] [--minutes 60] [--parent-kills 0]

The same command scores the same videos without signals first, in a folder that is kept for the next
soak; both must give the same rows. With `--parent-kills` the command itself is killed so often, and
run again until it ends. What was seen is printed as a table and written to FOLDER/soak.json; exits
with 1 where a check failed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lab.soak.faults import SIGNALS, Faults
from lab.soak.verdict import Check, check_left, check_process, check_run
from lab.soak.watching import Watched, adopt_orphans, in_nobodys_hands, shared_memory, watch
from lab.soak.world import World, WorldPlan, edition_of, make_world, videos_of
from lab.tables import markdown
from omiti2v.records import Record, write_atomically
from omiti2v.runs import RunPaths, read_run

PARENT_SECONDS = 20.0
"""Mean time after which the command itself is killed."""


class Soak(Record):
    """What `soak.json` holds.

    Attributes:
        world: What was scored.
        command: Words behind `score`, but for its folders.
        kinds: How many kinds of hostile files there were.
        signals: How many of each were sent, and to whom.
        parent_kills: How often the command itself was killed.
        calm_seconds: Of the run without signals; None where it was there already.
        seconds: Of the command that ended.
        peak_memory: Bytes, of the command's own process.
        checks: What was looked at.
    """

    world: WorldPlan
    command: tuple[str, ...]
    kinds: int
    signals: dict[str, int]
    parent_kills: int
    calm_seconds: float | None
    seconds: float
    peak_memory: int
    checks: tuple[Check, ...]


def soak(options: argparse.Namespace) -> Soak:
    """Make the videos, score them without signals, then among signals, and compare."""
    adopt_orphans()
    plan = WorldPlan(
        videos=options.videos, hostile=options.hostile, costly=options.costly, seed=options.seed
    )
    folder = options.out
    world = make_world(folder / "world", plan)
    words = ["--edition", str(edition_of(folder / "world")), *_choices(options)]
    calm_seconds = _score_calmly(folder, world, words, 60 * options.minutes)
    faults = Faults(
        signals=options.signals,
        seed=options.seed,
        pause=options.pause,
        ray=options.engine == "ray",
    )
    for left in folder.glob("run*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    before = shared_memory()
    # Sockets lie in there, whose names are short; so it is not in the folder of the results.
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        runs = list(_score_among_signals(options, words, faults, temporary))
        # torch's own cache, of which it makes the folder whether it is used or not.
        left = [
            p.name for p in Path(temporary).iterdir() if not p.name.startswith("torchinductor_")
        ]
    *killed, last = runs
    checks = [
        *check_process(
            last,
            expected=_expected(world),
            videos=plan.videos,
            log=_text(folder / "run.log"),
        ),
        *(check_left("this machine after a kill", one.orphans) for one in killed if one.orphans),
        check_left("TMPDIR", left),
        check_left("shared memory", in_nobodys_hands(shared_memory() - before)),
    ]
    if RunPaths(folder / "run").scores.exists():
        checks += check_run(read_run(folder / "run"), read_run(_calm(folder, words)), world)
    else:
        said = _text(folder / "run.log").strip().splitlines()[-1:]
        checks.append(Check(name="has scores", ok=False, detail=" ".join(said)))
    return Soak(
        world=plan,
        command=tuple(_choices(options)),
        kinds=len({*world.hostile.values(), *world.odd.values()}),
        signals=dict(sorted(faults.sent.items())),
        parent_kills=len(killed),
        calm_seconds=calm_seconds,
        seconds=round(last.seconds, 1),
        peak_memory=max(last.memory, default=0),
        checks=tuple(checks),
    )


def _choices(options: argparse.Namespace) -> list[str]:
    # One clip at a time: the last digits of an answer hang on the others in its batch, and who they
    # are hangs on when a worker died.
    judge = ["--judge", "tiny", "--batch-clips", "1"] if options.judge else []
    workers = [] if options.engine == "local" else ["--workers", str(options.workers)]
    return [*judge, "--engine", options.engine, *workers]


def _command(folder: Path, words: list[str], run: Path) -> list[str]:
    output = ["-o", str(run), "--cache", str(run.with_suffix(".sqlite3"))]
    videos = str(videos_of(folder / "world"))
    return [sys.executable, "-m", "omiti2v", "score", videos, *words, *output]


def _calm(folder: Path, words: list[str]) -> Path:
    """The run without signals: one by engine, with a judge or without."""
    return folder / f"calm{''.join(words[2:]).replace('--', '-')}"


def _score_calmly(folder: Path, world: World, words: list[str], limit: float) -> float | None:
    run, log = _calm(folder, words), folder / "calm.log"
    if RunPaths(run).scores.exists():
        return None
    log.unlink(missing_ok=True)
    command = _command(folder, words, run)
    with tempfile.TemporaryDirectory(prefix="soak-") as temporary:
        env = os.environ | {"TMPDIR": temporary}
        seen = watch(command, env=env, log=log, seconds=limit, tick=lambda process, now: None)
    if seen.code != _expected(world):
        raise SystemExit(f"without signals: exit code {seen.code}\n{_text(log)[-2000:]}")
    return round(seen.seconds, 1)


def _score_among_signals(
    options: argparse.Namespace, words: list[str], faults: Faults, temporary: str
) -> Iterator[Watched]:
    """The command, killed and run again as often as is asked for; the last runs to its end."""
    rng, ends_at = random.Random(options.seed), time.monotonic() + 60 * options.minutes
    rows = RunPaths(options.out / "run").videos
    for left in range(options.parent_kills, -1, -1):
        faults.start_over(_size(rows))
        seen = watch(
            _command(options.out, words, options.out / "run"),
            env=os.environ | {"TMPDIR": temporary},
            log=options.out / "run.log",
            seconds=ends_at - time.monotonic(),
            tick=lambda command, now: faults.tick(command, now, _size(rows)),
            kill_after=rng.uniform(0.1, 1.9) * PARENT_SECONDS if left else None,
        )
        yield seen
        if seen.code != -signal.SIGKILL:
            return


def _expected(world: World) -> int:
    """What `score` exits with: 1 where a video that is there could not be scored."""
    return 1 if world.hostile else 0


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _text(log: Path) -> str:
    return log.read_text(errors="replace")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="videos, runs and results")
    parser.add_argument("--videos", type=int, default=2000)
    parser.add_argument("--hostile", type=float, default=0.05, help="share of the videos")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", choices=["local", "workers", "ray"], default="workers")
    parser.add_argument("--seed", type=int, default=0, help="of the videos and of the signals")
    parser.add_argument("--pause", type=float, default=4.0, help="mean seconds between signals")
    parser.add_argument("--signals", nargs="+", choices=SIGNALS, default=SIGNALS)
    parser.add_argument("--minutes", type=float, default=60.0, help="after which it has failed")
    parser.add_argument("--parent-kills", type=int, default=0, help="kills of the command itself")
    parser.add_argument("--no-judge", dest="judge", action="store_false", help="metrics only")
    parser.add_argument(
        "--no-costly",
        dest="costly",
        action="store_false",
        help="without the hostile files that cost seconds or minutes",
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    result = soak(options)
    write_atomically(options.out / "soak.json", result.model_dump_json(indent=1) + "\n")
    rows = [(one.name, "yes" if one.ok else "NO", one.detail) for one in result.checks]
    print(markdown(["check", "holds", "seen"], rows, left=3))
    sent = ", ".join(f"{count} {name}" for name, count in result.signals.items())
    print(
        f"\n{result.world.videos} videos, {result.kinds} kinds of hostile files; signals: "
        f"{sent or 'none'}; command killed {result.parent_kills} times; {result.seconds:.0f} s"
    )
    sys.exit(any(not one.ok for one in result.checks))


if __name__ == "__main__":
    main()
