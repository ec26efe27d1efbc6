"""The judge's options, shared by the commands that ask one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from evaluators.judges import Judge

JudgeOption = Annotated[
    str | None,
    typer.Option(
        help="tiny; a model's folder; owner/name@revision on the hub; or openai:MODEL on the "
        "server at --base-url."
    ),
]
ProtocolOption = Annotated[
    Literal["fast", "paper"],
    typer.Option(
        help="fast: the video once, answers from the scores of the first token. paper: one "
        "question a call, a written answer, as the authors' evaluator."
    ),
]
ParsingOption = Annotated[
    Literal["paper", "strict"] | None,
    typer.Option(help="Rules by which --protocol paper reads an answer; the paper's if not given."),
]
FpsOption = Annotated[
    float | None, typer.Option(help="Frames a second that the judge sees; else the protocol's.")
]
FramesOption = Annotated[
    int | None, typer.Option(min=1, help="Frames a video that the judge sees, in place of --fps.")
]
MaxPixelsOption = Annotated[
    int | None,
    typer.Option(min=1, help="Largest number of pixels of a frame; else the protocol's."),
]
DtypeOption = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"] | None,
    typer.Option(help="Of the judge; as its weights are stored if not given."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(help="Of the judge, as cuda:0, or auto to spread it; chosen if not given."),
]
AttentionOption = Annotated[
    Literal["eager", "sdpa", "flash_attention_2"] | None,
    typer.Option(help="How the judge computes attention; sdpa if not given."),
]
QuantisationOption = Annotated[
    Literal["int8", "nf4"] | None,
    typer.Option(help="Load the judge's weights in fewer bits, by bitsandbytes."),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(help="Of an OpenAI-compatible server, as http://localhost:8000/v1."),
]
ApiKeyOption = Annotated[
    str | None,
    typer.Option("--api-key-env", help="Environment variable that holds the server's API key."),
]
FrameFormOption = Annotated[
    Literal["images", "video-jpeg", "video-mp4"] | None,
    typer.Option(help="How frames are sent to a server; images if not given."),
]
ConcurrencyOption = Annotated[
    int | None, typer.Option(min=1, max=1024, help="Most requests to a server at once; else 8.")
]
PerMinuteOption = Annotated[
    float | None,
    typer.Option("--requests-per-minute", help="Most requests to a server started in a minute."),
]

SERVER_PREFIX = "openai:"
_SERVER_ONLY = ("base_url", "api_key_env", "frames", "concurrency", "requests_per_minute")
_LOCAL_ONLY = ("dtype", "device", "attention", "quantisation")
_NAMES = {"frames": "frame-form", "frame_rule": "fps or --frames"}


def open_judge(
    spec: str | None,
    *,
    protocol: Literal["fast", "paper"] = "fast",
    fps: float | None = None,
    frames: int | None = None,
    frame_form: str | None = None,
    **others: Any,
) -> Judge | None:
    """The judge that the options ask for; None where no judge is named.

    Args:
        spec: See `JudgeOption`.
        protocol: See `ProtocolOption`.
        fps, frames: Which frames the judge sees.
        frame_form: See `FrameFormOption`.
        others: The other options, by the names that the judges give them; None where not given.

    Raises:
        BadParameter: Options that don't go together.
        UserError: The judge can't be loaded or reached.
    """
    from evaluators.judges.protocols import frame_rule_for

    if fps is not None and frames is not None:
        raise typer.BadParameter("--fps and --frames exclude each other")
    wanted = {
        **others,
        "frame_rule": frame_rule_for(protocol, fps=fps, frames=frames),
        "frames": frame_form,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    if spec is None:
        if protocol != "fast":
            raise typer.BadParameter("--protocol goes with --judge, which is not given")
        _refuse(given, tuple(given), "goes with --judge, which is not given")
        return None
    if spec.startswith(SERVER_PREFIX):
        from evaluators.judges.openai import load_openai_judge

        _refuse(given, _LOCAL_ONLY, "is for models on this machine, not for a server's")
        if "base_url" not in given:
            raise typer.BadParameter(f"{spec}: expected --base-url, the server's address")
        name = spec.removeprefix(SERVER_PREFIX)
        return load_openai_judge(name, protocol=protocol, **given)
    from evaluators.judges import load_judge

    _refuse(given, _SERVER_ONLY, f"goes with --judge {SERVER_PREFIX}MODEL")
    return load_judge(spec, protocol=protocol, **given)


def _refuse(given: dict[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if name in given:
            raise typer.BadParameter(f"--{_NAMES.get(name, name.replace('_', '-'))} {why}")
