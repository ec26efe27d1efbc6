"""The judge's options are the same in every command, and what was judged can be calibrated."""

from __future__ import annotations

import json
import pickle
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from evaluators.calibration import CalibrationPlan
from evaluators.engines.worker_setup import WorkerSetup
from evaluators.judges import Judge, JudgeSpec, load_judge
from evaluators.world import BEHAVIOURS, make_scenes
from evaluators.world.edition import write_edition, write_submission
from omiti2v.cli import app
from omiti2v.cli.judge_options import _options, judge_options
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError

Invoke = Callable[..., Any]

NAMES = {
    "model": "--judge",
    **{
        field.name: f"--{field.name.replace('_', '-')}"
        for field in fields(JudgeSpec)
        if field.name not in ("model", "options")
    },
}
"""Every field of the spec that a command line can give, and its option."""

LOCAL: dict[str, dict[str, object]] = {
    "by rate": {
        "fps": 4,
        "max_pixels": 4096,
        "threshold": 0.3,
        "prompt": "Look at it all.\n\n{question}",
        "dtype": "float32",
        "device": "cpu",
        "attention": "eager",
        "max_questions": 2,
        "batch_clips": 2,
    },
    "by number": {"frames": 4, "quantization": "int8", "revision": "abc"},
    "paper": {"protocol": "paper", "parsing": "paper", "max_new_tokens": 8},
}
SERVER: dict[str, object] = {
    "api_key_env": "A_KEY",
    "frame_form": "video-jpeg",
    "concurrency": 2,
    "requests_per_minute": 100_000,
    "frames": 2,
    "top_logprobs": 5,
    "server_option": {"seed": 1, "tools_named": ["a"], "reasoning_effort": "low"},
}
PLAN = CalibrationPlan(width=64, height=64, frames=8, scenes=2)
CALIBRATE = (
    *("--size", "64x64", "--clip-frames", 8, "--scenes", 2, "--no-photographs"),
    "--no-other-frames",
)
# What a calibration leaves is an edition with submissions, as good as any.
EDITION, VIDEOS = "calibration/drawn/edition", "calibration/drawn/videos"


def flags(options: dict[str, object]) -> list[object]:
    given = dict(options)
    more: Any = given.pop("server_option", {})
    # Text is given as it is, everything else as JSON.
    pairs = [f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in more.items()]
    own = [part for name, value in given.items() for part in (NAMES[name], value)]
    return [*own, *(part for pair in pairs for part in ("--server-option", pair))]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibration's folder in which all clips of `PLAN` are, and nothing has been asked."""
    folder = tmp_path_factory.mktemp("rendered")
    scenes = make_scenes(PLAN.scenes, seed=PLAN.seed, settings=PLAN.settings("drawn"))
    write_edition(folder / "drawn" / "edition", scenes)
    for behaviour in BEHAVIOURS:
        videos = folder / "drawn" / "videos" / behaviour
        write_submission(videos, scenes, behaviour, name=f"drawn: {behaviour}")
    return folder


@pytest.fixture
def invoke(rendered: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    """Runs a command in this process, in `tmp_path`, with a cache of its own; must exit with 0."""
    shutil.copytree(rendered, tmp_path / "calibration")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMITI2V_CACHE", str(tmp_path / "cache.sqlite3"))

    def run(*arguments: object, code: int = 0) -> Any:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, Exception):
            raise done.exception
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def server() -> Iterator[str]:
    """A server on loopback that says yes to everything."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Nothing on the terminal."""

        def do_GET(self) -> None:
            self._answer({"object": "list", "data": [{"id": "judge"}]})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            message = {"role": "assistant", "content": "Yes"}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._answer({"id": "1", "model": "judge", "choices": [choice]})

        def _answer(self, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[JudgeSpec]:
    """The specifications of all judges that are loaded from here on."""
    specs: list[JudgeSpec] = []

    def load(spec: JudgeSpec, **changes: Any) -> Judge:
        specs.append(spec)
        return load_judge(spec, **changes)

    monkeypatch.setattr("evaluators.judges.load_judge", load)
    monkeypatch.setattr("evaluators.engines.worker_setup.load_judge", load)
    return specs


@cache
def parameters(*path: str) -> dict[str, Any]:
    command: Any = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]
    return {parameter.name: parameter for parameter in command.params}


@pytest.mark.parametrize("command", [["score"], ["calibrate"], ["leaderboard", "rejudge"]])
@pytest.mark.parametrize("field", [*NAMES, "quantisation", "judge_config"])
def test_every_option_is_in_every_command_that_asks_a_judge(command: list[str], field: str) -> None:
    ours, theirs = parameters(*command)[field], parameters("score")[field]
    assert ours.opts == theirs.opts
    assert (ours.help, ours.hidden) == (theirs.help, theirs.hidden)
    assert NAMES.get(field, f"--{field.replace('_', '-')}") in ours.opts


def test_the_cases_below_give_every_option(server: str) -> None:
    given = {name for options in LOCAL.values() for name in options} | SERVER.keys()
    assert given | {"model", "base_url"} == NAMES.keys()


@pytest.mark.parametrize("case", [*LOCAL, "server"])
def test_a_judge_with_any_option_is_calibrated_compared_and_asked_again(
    case: str,
    invoke: Invoke,
    server: str,
    loaded: list[JudgeSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("A_KEY", "secret")
    # The package that does it is not installed here; the fingerprint holds the option all the same.
    monkeypatch.setattr("evaluators.judges.family.quantization_config", lambda kind: None)
    chosen: dict[str, Any] = (
        {"model": "tiny"} | LOCAL[case]
        if case in LOCAL
        else SERVER | {"model": "openai:judge", "base_url": server}
    )
    judge = flags(chosen)
    invoke("calibrate", *judge, *CALIBRATE)
    known = ("--calibration", "calibration/calibration.json")
    score = ("--edition", EDITION, "--resamples", 100, *judge)
    invoke("score", f"{VIDEOS}/still", *score, *known, "-o", "run")
    # The calibration's own runs are of this judge too.
    invoke("compare", "run", "calibration/drawn/runs/done", *known)
    added = invoke("leaderboard", "add", "run", "--board", "board", "--new-edition").stdout
    again = ("--board", "board", "--edition", EDITION, "--share", 0.5, "--seed", 1)
    entry = added.partition(": added to ")[0]
    done = invoke("leaderboard", "rejudge", entry, f"{VIDEOS}/still", *again, *judge)
    assert "has the badge videos now" in done.output

    spec = JudgeSpec.of(chosen)
    assert loaded == [spec] * 4  # `rejudge` asks about two choices of frames
    setup = WorkerSetup(edition=load_edition_folder(Path(EDITION)), judge=spec)
    in_a_worker = pickle.loads(pickle.dumps(setup)).examiner(None).judge  # noqa: S301 (our own)
    calibrated = json.loads(Path("calibration/calibration.json").read_text())["judge"]
    assert loaded == [spec] * 5
    assert in_a_worker.fingerprint == calibrated["fingerprint"]


def test_a_judge_of_a_file_is_the_one_of_its_options_in_workers_too(invoke: Invoke) -> None:
    Path("judge.yaml").write_text("model: tiny\nquantisation: null\nframes: 3\nthreshold: 0.2\n")
    asked = ("--judge-config", "judge.yaml", "--fps", 4)
    said = invoke("calibrate", *asked, *CALIBRATE, "--workers", 1).output
    assert "judge.yaml: frames: the command line's, not the file's" in said
    assert "--clip-fps and --clip-frames" in said
    identity = json.loads(Path("calibration/calibration.json").read_text())["judge"]["identity"]
    assert (identity["frame_rule"], identity["threshold"]) == ("fps=4,max=64", 0.2)
    options = ("--judge", "tiny", "--fps", 4, "--threshold", 0.2)
    known = ("--calibration", "calibration/calibration.json")
    invoke("score", f"{VIDEOS}/still", "--edition", EDITION, *options, *known, "-o", "run")


def read(**values: object) -> JudgeSpec | None:
    """The spec of these options, the others not given."""
    given: dict[str, Any] = {name: values.get(name) for name in _options()}
    spec: JudgeSpec | None = judge_options(required=False).build(given)
    return spec


def test_the_british_form_is_taken_too() -> None:
    spec = read(model="tiny", quantisation="nf4")
    assert spec == JudgeSpec(model="tiny", quantization="nf4")
    assert parameters("score")["quantisation"].hidden


@pytest.mark.parametrize("pair", ["", "=", "=1", "reasoning_effort"])
def test_a_field_of_a_request_needs_a_name_and_a_value(pair: str) -> None:
    with pytest.raises(typer.BadParameter, match="--server-option: expected KEY=VALUE"):
        read(model="openai:judge", server_option=[pair])


def test_the_value_of_a_field_is_json_or_else_text() -> None:
    pairs = ['a={"b": false}', "c=low", "d=", "e=NaN", "f=1=2"]
    spec = read(model="openai:judge", server_option=pairs)
    assert spec is not None
    told = {"a": {"b": False}, "c": "low", "d": "", "e": "NaN", "f": "1=2"}
    assert spec.server_option == told


def test_options_without_a_judge_are_refused(tmp_path: Path) -> None:
    assert read() is None
    with pytest.raises(typer.BadParameter, match="--frame-form goes with --judge"):
        read(frame_form="images")
    with pytest.raises(typer.BadParameter, match="see `omiti2v judge list`"):
        judge_options().build(dict.fromkeys(_options()))
    (tmp_path / "judge.yaml").write_text("fps: 4\n")
    with pytest.raises(typer.BadParameter, match="expected model, the judge"):
        read(judge_config=tmp_path / "judge.yaml")


def test_the_clips_old_option_of_the_judge_is_still_taken(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def calibrate(judge: object, plan: CalibrationPlan, *args: object, **more: object) -> None:
        asked.extend((judge, plan))
        raise UserError("enough")

    monkeypatch.setattr("evaluators.judges.load_judge", lambda spec: spec)
    monkeypatch.setattr("evaluators.calibration.calibrate", calibrate)
    with pytest.raises(UserError, match="enough"):
        invoke("calibrate", "--judge", "tiny", "--judge-frames", 2, *CALIBRATE)
    assert asked == [JudgeSpec(model="tiny", frames=2), PLAN]
