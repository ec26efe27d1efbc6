"""What a judge is to be: the one place that lists its options, for commands, files and Python."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, MinLen

from omiti2v.errors import UserError

if TYPE_CHECKING:
    from pydantic import BaseModel

ProtocolName = Literal["fast", "paper"]
Parsing = Literal["paper", "strict"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Attention = Literal["eager", "sdpa", "flash_attention_2"]
Quantization = Literal["int8", "nf4"]
FrameForm = Literal["images", "video-jpeg", "video-mp4"]

LOCAL_FIELDS = ("dtype", "device", "attention", "quantization", "max_questions", "batch_clips")
"""What is said of a model on this machine only."""
SERVER_FIELDS = (
    *("base_url", "api_key_env", "frame_form", "concurrency", "requests_per_minute"),
    *("top_logprobs", "server_option"),
)
"""What is said of a model on a server only."""


@dataclass(frozen=True)
class Help:
    """What an option says of itself."""

    text: str


@dataclass(frozen=True, kw_only=True)
class JudgeSpec:
    """A judge's model and options; what is None is the judge's or the protocol's own.

    Each field is a command's option too, with its `Help`: `--judge` gives `model`,
    `--max-pixels` gives `max_pixels`, and so on.
    """

    # A plain dataclass, checked by pydantic when it is read: help, which reads the fields only,
    # waits for no library.
    model: Annotated[
        str,
        MinLen(1),
        Help(
            "tiny; a model's folder; owner/name@revision on the hub; openai:MODEL on the "
            "server at --base-url; a judge that another package registers; or module:Class. See "
            "omiti2v judge list."
        ),
    ]
    revision: Annotated[
        str | None,
        Help(
            "Commit, tag or branch of a model on the hub; for a server's model, what you "
            "know of its weights."
        ),
    ] = None
    protocol: Annotated[
        ProtocolName,
        Help(
            "fast: the video is read once and answers come from the scores of the first "
            "token. paper: one question a call and a written answer, by the authors' rules; with "
            "Qwen2.5-VL and their --prompt it is what they run, see docs/paper.md. fast if not "
            "given."
        ),
    ] = "fast"
    prompt: Annotated[
        str | None,
        Help(
            "Text after the video, with {question} in it once, or a file with such a text; also "
            "the authors' qwen.py, which is read and not run. The protocol's, in this project's "
            "words, if not given."
        ),
    ] = None
    parsing: Annotated[
        Parsing | None,
        Help("Rules by which --protocol paper reads an answer; the paper's if not given."),
    ] = None
    fps: Annotated[
        float | None,
        Gt(0),
        Lt(math.inf),
        Help("Frames per second that the judge sees; the protocol's if not given."),
    ] = None
    frames: Annotated[
        int | None, Ge(1), Help("Frames per video that the judge sees, in place of --fps.")
    ] = None
    max_pixels: Annotated[
        int | None, Ge(1), Help("Largest number of pixels of a frame; the protocol's if not given.")
    ] = None
    threshold: Annotated[
        float | None,
        Ge(0),
        Le(1),
        Help(
            "Smallest probability of yes and no together that counts as an answer in "
            "--protocol fast; 0.5 if not given."
        ),
    ] = None
    max_new_tokens: Annotated[
        int | None, Ge(1), Help("Longest written answer, in tokens; the protocol's if not given.")
    ] = None
    dtype: Annotated[
        Dtype | None, Help("Float type of the judge's weights; as they are stored if not given.")
    ] = None
    device: Annotated[
        str | None,
        Help("Where the judge runs, e.g. cuda:0, or auto to spread it; chosen if not given."),
    ] = None
    attention: Annotated[
        Attention | None, Help("How the judge computes attention; sdpa if not given.")
    ] = None
    quantization: Annotated[
        Quantization | None, Help("Load the judge's weights in fewer bits, by bitsandbytes.")
    ] = None
    max_questions: Annotated[
        int | None, Ge(1), Help("Questions per batch of a local model; 16 if not given.")
    ] = None
    batch_clips: Annotated[
        int | None, Ge(1), Help("Clips per batch of a local model; 8 if not given.")
    ] = None
    base_url: Annotated[
        str | None, Help("Address of an OpenAI-compatible server, e.g. http://localhost:8000/v1.")
    ] = None
    api_key_env: Annotated[
        str | None, Help("Environment variable that holds the server's API key.")
    ] = None
    frame_form: Annotated[
        FrameForm | None, Help("How frames are sent to a server; images if not given.")
    ] = None
    concurrency: Annotated[
        int | None, Ge(1), Le(1024), Help("Most requests to a server at once; 8 if not given.")
    ] = None
    requests_per_minute: Annotated[
        float | None, Gt(0), Lt(math.inf), Help("Most requests to a server started in a minute.")
    ] = None
    top_logprobs: Annotated[
        int | None,
        Ge(0),
        Le(20),
        Help(
            "How many likely first tokens --protocol fast asks a server for; 0 reads the text "
            "only; 20, or what the server takes, if not given."
        ),
    ] = None
    server_option: Annotated[
        dict[str, Any] | None,
        Help(
            "KEY=VALUE: a further field of each request to a server, as reasoning_effort=low; "
            "VALUE is JSON, else text; may be given several times. In a file: a mapping."
        ),
    ] = None
    options: Annotated[
        dict[str, Any],
        Help(
            "Options of a judge of another package, plain JSON values by name; only in "
            "Python and in a file."
        ),
    ] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: dict[str, Any], *, where: str = "judge") -> JudgeSpec:
        """The spec with these fields, those that are None left out.

        A `prompt` that names a file becomes the text in it; see `prompt_text`.

        Raises:
            UserError: A field is missing, unknown or out of its range; `where` begins the message.
                Or the prompt's file holds no prompt.
        """
        from pydantic import ValidationError

        from omiti2v.prompt_file import prompt_text
        from omiti2v.records import describe_validation_error

        given = american({n: v for n, v in fields.items() if v is not None}, where=where)
        try:
            checked = _checked().model_validate(given)
        except ValidationError as error:
            raise UserError(f"{where}: {describe_validation_error(error)}") from None
        spec = cls(**checked.model_dump(exclude_unset=True))
        return replace(spec, prompt=prompt_text(spec.prompt)) if spec.prompt else spec

    @classmethod
    def read(cls, path: Path) -> JudgeSpec:
        """The spec in a file; see `read_judge_file`.

        Raises:
            UserError: It can't be read, or as for `of`.
        """
        return cls.of(read_judge_file(path), where=str(path))

    @property
    def given(self) -> dict[str, Any]:
        """The options that differ from what is taken where nothing is said, by name."""
        usual = asdict(type(self)(model=""))
        given = {name: value for name, value in asdict(self).items() if value != usual[name]}
        given.pop("model", None)
        return given

    @property
    def target(self) -> str:
        """What follows the first colon in `model`, as MODEL in "openai:MODEL"; "" for none."""
        return self.model.partition(":")[2]

    def refuse(self, names: tuple[str, ...], why: str) -> None:
        """Refuse options that a judge would pass over.

        Raises:
            UserError: One of them is given.
        """
        for name in names:
            if name in self.given:
                option = name if name == "options" else f"--{name.replace('_', '-')}"
                raise UserError(f"{self.model[:80]}: {option} {why}")


def american(fields: dict[str, Any], *, where: str) -> dict[str, Any]:
    """The fields by the names that `JudgeSpec` gives them.

    Raises:
        UserError: One is given in both spellings.
    """
    if "quantisation" in fields and "quantization" in fields:
        raise UserError(f"{where}: quantization: given as quantisation too; give one of the two")
    return {("quantization" if n == "quantisation" else n): v for n, v in fields.items()}


@cache
def _checked() -> type[BaseModel]:
    """A model of pydantic with the same fields, which takes no text for a number."""
    from pydantic import ConfigDict, create_model

    hints = get_type_hints(JudgeSpec, include_extras=True)
    fields: dict[str, Any] = {name: (hint, None) for name, hint in hints.items()}
    fields["model"] = (hints["model"], ...)
    return create_model("CheckedSpec", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def read_judge_file(path: Path) -> dict[str, Any]:
    """The fields in a judge's file, YAML or JSON, as plain values, by their names in `JudgeSpec`.

    Raises:
        UserError: It can't be read, or is no mapping of names to values.
    """
    from omiti2v.plain_yaml import read_plain_yaml

    content = read_plain_yaml(path)
    if not all(isinstance(name, str) for name in content):
        raise UserError(f"{path}: expected a judge's options by name, as model: FOLDER")
    return american(content, where=str(path))
