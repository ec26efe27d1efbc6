"""The reference method's rows for a board: one command that goes on where it was stopped.

    python examples/reference-rows/make_rows.py --out ROWS --judge OWNER/NAME@COMMIT

README.md beside this file says what it makes and what it takes.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.entries.names import slug_of
from omiti2v.hub import COMMIT, HUB_ID
from omiti2v.records import write_atomically

GUIDED = ("--guidance-scale", "5")
"""The scale of Wan's own examples and of ALG's paper."""


@dataclass(frozen=True)
class Row:
    """One entry.

    Attributes:
        name: Of the entry and its folders, after the model's name.
        options: Of `omiti2v generate`.
        against: The row that it is compared with, which is made before it.
    """

    name: str
    options: tuple[str, ...]
    against: str | None = None


PLAIN = (
    Row("baseline", ("--method", "baseline")),
    Row("alignvid", ("--method", "alignvid"), "baseline"),
)
WITH_GUIDANCE = (
    Row("guidance", ("--method", "guidance", "--guider", "cfg", *GUIDED), "baseline"),
    Row("guidance-alignvid", ("--method", "alignvid", *GUIDED), "guidance"),
    Row("alg", ("--method", "alg", *GUIDED), "guidance"),
)
MODELS: dict[str, tuple[Row, ...]] = {
    "wan2.1-i2v-14b-480p": PLAIN + WITH_GUIDANCE,
    "framepack-f1": PLAIN,
    "tiny-wan": PLAIN + WITH_GUIDANCE,  # for a rehearsal
}
LEFT_OUT = (
    "framepack-f1: no rows guidance and alg. Its guidance scale is an input of a distilled model "
    "that takes one pass a step; true guidance takes two or more, for which `omiti2v generate` has "
    "no option, and ALG is written for Wan"
)


def run(*arguments: str | Path, may_fail: bool = False) -> None:
    """Run an `omiti2v` command.

    Raises:
        CalledProcessError: It failed and may not.
    """
    command = shown(*arguments)
    print(f"\n$ {shlex.join(command[2:])}", flush=True)
    subprocess.run(command, check=not may_fail, close_fds=False)  # it holds the lock, too


def read(*arguments: str | Path) -> str:
    """What an `omiti2v` command prints, which is not shown; else as `run`."""
    command = shown(*arguments)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def shown(*arguments: str | Path) -> list[str]:
    """An `omiti2v` command for this interpreter."""
    return [sys.executable, "-m", "omiti2v", *map(str, arguments)]


def make_row(model: str, row: Row, options: argparse.Namespace) -> dict[str, str]:
    """Generate, check, score, compare and add one row; what is there is kept.

    Returns:
        Its line of the table at the end.
    """
    out: Path = options.out
    name = f"{model}-{row.name}"
    videos, scores = out / "videos" / name, out / "runs" / name
    folder = options.weights.get(model)
    source = ["--backbone", folder, "--run-as", model] if folder else ["--backbone", model]
    edition = ["--edition", options.edition]
    limit = [] if options.limit is None else ["--limit", str(options.limit)]
    own = [*source, *row.options, *edition, *limit, "--seed", "0", *options.generate]
    run("generate", "-o", videos, *own)
    name_submission(videos / "submission.yaml", name)
    # The samples that a limit leaves out are errors to it.
    run("check", videos, *edition, may_fail=bool(limit))
    run("score", videos, "-o", scores, *edition, *limit, "--judge", options.judge)
    change = ""
    if row.against:
        text = read("compare", out / "runs" / f"{model}-{row.against}", scores, "--json")
        write_atomically(out / f"{name}-against-{row.against}.json", text)
        change = f"{edit_success(json.loads(text))} against {row.against}"
    board = out / "board"
    if not entries_of(name, board):  # an entry appears whole or not at all
        run("leaderboard", "add", scores, "--board", board, "--new-edition")
    log = (videos / "provenance.jsonl").read_text(encoding="utf-8")
    passes = sorted({json.loads(line)["passes"] for line in log.splitlines()})
    return {
        "row": name,
        "videos": str(len(log.splitlines())),
        "passes a video": "-".join(map(str, dict.fromkeys((passes[0], passes[-1])))),
        "entry": ", ".join(entries_of(name, board)),
        "edit success": change,
    }


def name_submission(path: Path, name: str) -> None:
    """Give a submission the row's name; `generate` names it by folder or model and method."""
    old = path.read_text(encoding="utf-8")
    new = re.sub(r"^name: .*$", f"name: {name}", old, count=1, flags=re.MULTILINE)
    if new != old:
        write_atomically(path, new)


def edit_success(comparison: Mapping[str, Any]) -> str:
    """The difference in edit success, in percentage points, with its 95 % interval."""
    found = comparison["scores"]["edit_success"]
    if found is None:
        return "not available"
    values = (found[key] for key in ("difference", "low", "high"))
    change, low, high = ("?" if value is None else f"{100 * value:+.1f}" for value in values)
    return f"{change} ({low} to {high})"


def entries_of(name: str, board: Path) -> list[str]:
    """The ids of a board's entries of a name."""
    found = sorted(board.glob(f"entries/*/{slug_of(name)}/run.json"))
    return [f"{path.parts[-3]}/{path.parts[-2]}" for path in found]


def print_table(lines: list[dict[str, str]]) -> None:
    """Print lines that have the same columns."""
    rows = [list(lines[0]), *(list(line.values()) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def pinned_judge(text: str) -> str:
    """A judge whose answers can be had again."""
    name, _, commit = text.partition("@")
    if text != "tiny" and not (HUB_ID.fullmatch(name) and COMMIT.fullmatch(commit)):
        raise argparse.ArgumentTypeError(
            f"expected OWNER/NAME@COMMIT with the 40 hex digits of a commit, or tiny, got {text!r};"
            " a branch can be something else tomorrow"
        )
    return text


def weights_of(text: str) -> tuple[str, str]:
    """Model and folder of MODEL=FOLDER."""
    model, _, folder = text.partition("=")
    if model not in MODELS or not Path(folder, "model_index.json").is_file():
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(MODELS)}, then = and the folder of a saved pipeline, got "
            f"{text!r}"
        )
    return model, folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder for this process and the commands that it starts, as long as one of them lives.

    Where this process alone was killed, the command that it left behind is waited for: two that
    write into the same folder would spoil its logs.
    """
    lock = os.open(folder, os.O_RDONLY)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{folder}: another command is at work there; waiting for its end", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def require_same(options: argparse.Namespace) -> None:
    """Refuse to mix entries of several judges, editions or limits; `generate` refuses the rest."""
    path = options.out / "made-with.json"
    text = json.dumps({name: getattr(options, name) for name in ("judge", "edition", "limit")})
    if not path.exists():
        write_atomically(path, text)
    elif (made := path.read_text(encoding="utf-8")) != text:
        sys.exit(f"{path}: {made}, and not {text}: give the same, or another --out")


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="gets videos, runs and the board")
    parser.add_argument(
        "--judge", type=pinned_judge, required=True, metavar="OWNER/NAME@COMMIT", help="or tiny"
    )
    parser.add_argument("--edition", default="open", help="of the samples; default: open")
    parser.add_argument("--limit", type=int, help="only so many samples, for a trial")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS)[:2])
    parser.add_argument(
        "--weights",
        nargs="+",
        type=weights_of,
        default=[],
        metavar="MODEL=FOLDER",
        help="a saved pipeline for a model, in place of the weights on the hub",
    )
    parser.add_argument(
        "generate",
        nargs="*",
        metavar="OPTION",
        help="after --: more options of each `omiti2v generate`, as -- --offload model",
    )
    options = parser.parse_args()
    options.weights = dict(options.weights)
    return options


def main() -> None:
    """Make all rows and print what they are."""
    options = read_options()
    rows = [(model, row) for model in options.models for row in MODELS[model]]
    again = shlex.join(["python", *sys.argv])
    doing = ""
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with held(options.out):
            require_same(options)
            lines = []
            for number, (model, row) in enumerate(rows, 1):
                doing = f"row {number} of {len(rows)}, {model}-{row.name}"
                print(f"\n== {doing}", flush=True)
                lines.append(make_row(model, row, options))
            doing = "all rows are there"
            run("leaderboard", "verify", "--board", options.out / "board")
    except subprocess.CalledProcessError as error:
        # Minus the number of a signal that ended it; a shell says 128 and the number.
        status = error.returncode if error.returncode > 0 else 128 - error.returncode
        failed = shlex.join(error.cmd[2:])
        print(f"\n{doing}: this command ended with {status}: {failed}", file=sys.stderr)
        print(
            f"What is made stays. Mend what it says, then run the same again: {again}",
            file=sys.stderr,
        )
        sys.exit(status)
    except KeyboardInterrupt:
        print(f"\n{doing}: interrupted. The same command goes on: {again}", file=sys.stderr)
        sys.exit(130)
    print_table(lines)
    if "framepack-f1" in options.models:
        print(f"\nLeft out: {LEFT_OUT}.")


if __name__ == "__main__":
    main()
