"""The reference method's rows for a board: one command that goes on where it was stopped.

    python examples/reference-rows/make_rows.py --out ROWS --judge OWNER/NAME@COMMIT

README.md beside this file says what it makes and what it takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from leaderboard.entries.names import slug_of

GUIDED = "5.0"
"""The guidance scale of Wan's own examples and of ALG's paper."""


@dataclass(frozen=True)
class Row:
    """One entry.

    Attributes:
        name: Of the entry and its folders, after the model's name.
        options: Of `omiti2v generate`.
        against: The row that it is compared with; None for no comparison.
    """

    name: str
    options: tuple[str, ...]
    against: str | None = None


ALONE = Row("baseline", ("--method", "baseline"))
TREATED = Row("alignvid", ("--method", "alignvid"), "baseline")
OF_WAN = (
    ALONE,
    TREATED,
    Row("guidance", ("--method", "baseline", "--guidance-scale", GUIDED), "baseline"),
    Row("guidance-alignvid", ("--method", "alignvid", "--guidance-scale", GUIDED), "guidance"),
    Row("alg", ("--method", "alg", "--guidance-scale", GUIDED), "guidance"),
)
MODELS = {
    "wan2.1-i2v-14b-480p": OF_WAN,
    "framepack-f1": (ALONE, TREATED),
    "tiny-wan": OF_WAN,  # for a rehearsal
}
LEFT_OUT = (
    "framepack-f1: no rows guidance and alg: its guidance scale is an input of a distilled model, "
    "which runs one pass a step; true guidance, two passes, is not what it was trained for, and "
    "alg is written for Wan"
)


def run(*arguments: str | Path, to: Path | None = None) -> None:
    """Run an `omiti2v` command and stop where it fails.

    Args:
        arguments: Of the command.
        to: Where its output goes, beside the terminal.

    Raises:
        SystemExit: It failed; with its exit status.
    """
    command = [sys.executable, "-m", "omiti2v", *map(str, arguments)]
    print("$ omiti2v", *command[3:], flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if to is not None:
        to.write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        raise SystemExit(done.returncode)


def make_row(model: str, row: Row, options: argparse.Namespace) -> None:
    """Generate, check, score, compare and add one row; what is there is kept."""
    out: Path = options.out
    name = f"{model}-{row.name}"
    videos, run_folder = out / "videos" / name, out / "runs" / name
    weights = dict(one.split("=", 1) for one in options.weights)
    source = ["--backbone", weights[model], "--run-as", model] if model in weights else []
    edition = ["--edition", options.edition]
    limit = ["--limit", str(options.limit)] if options.limit else []
    run(
        *("generate", "-o", videos, *(source or ["--backbone", model]), *row.options),
        *(*edition, *limit, "--seed", "0", *options.generate),
    )
    rename(videos / "submission.yaml", name)
    run("check", videos, *edition)
    run("score", videos, "-o", run_folder, *edition, *limit, "--judge", options.judge)
    if row.against:
        against = out / "runs" / f"{model}-{row.against}"
        run("compare", against, run_folder, to=out / f"{name}-against-{row.against}.txt")
    if not list((out / "board" / "entries").glob(f"*/{slug_of(name)}/run.json")):
        run("leaderboard", "add", run_folder, "--board", out / "board", "--new-edition")


def rename(path: Path, name: str) -> None:
    """Give a submission the row's name; `generate` names it by model and method alone."""
    fields = yaml.safe_load(path.read_text(encoding="utf-8"))
    if fields["name"] != name:
        text = yaml.safe_dump(fields | {"name": name}, sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Parse the command line and make all rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="videos, runs and the board")
    parser.add_argument("--judge", required=True, help="tiny, or OWNER/NAME@COMMIT")
    parser.add_argument("--edition", default="open", help="of the samples; default open")
    parser.add_argument("--limit", type=int, help="only so many samples")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS)[:2])
    parser.add_argument(
        "--weights",
        nargs="+",
        default=[],
        metavar="MODEL=FOLDER",
        help="a saved pipeline to run with the settings of that model, instead of its own weights",
    )
    parser.add_argument(
        "generate", nargs="*", help="after --: more options of `omiti2v generate`, as --offload"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for model in options.models:
        for row in MODELS[model]:
            make_row(model, row, options)
    if "framepack-f1" in options.models:
        print(LEFT_OUT)
    run("leaderboard", "verify", "--board", options.out / "board")


if __name__ == "__main__":
    main()
