"""What a judge is to be: the one place that lists its options, for commands, files and Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from evaluators.answers import Rules
from omiti2v.errors import UserError

if TYPE_CHECKING:
    from evaluators.frames import FrameRule

ProtocolName = Literal["fast", "paper"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Attention = Literal["eager", "sdpa", "flash_attention_2"]
Quantization = Literal["int8", "nf4"]
FrameForm = Literal["images", "video-jpeg", "video-mp4"]

LOCAL_FIELDS = ("dtype", "device", "attention", "quantization", "max_questions", "batch_clips")
"""What is said of a model on this machine only."""
SERVER_FIELDS = ("base_url", "api_key_env", "frame_form", "concurrency", "requests_per_minute")
"""What is said of a model on a server only."""


class JudgeSpec(BaseModel):
    """A judge's model and options; what is None is the judge's or the protocol's own.

    Each field is a command's option too, with its description as help: `--judge` gives `model`,
    `--max-pixels` gives `max_pixels`, and so on.
    """

    # Built when one is made: help, which reads the fields only, stays instant.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    model: str = Field(
        description="tiny; a model's folder; owner/name@revision on the hub; openai:MODEL on the "
        "server at --base-url; a judge that another package registers; or module:Class. See "
        "omiti2v judge list."
    )
    revision: str | None = Field(
        None,
        description="Commit, tag or branch of a model on the hub; for a server's model, what you "
        "know of its weights.",
    )
    protocol: ProtocolName = Field(
        "fast",
        description="fast: the video is read once and answers come from the scores of the first "
        "token. paper: one question a call and a written answer, as the authors' evaluator asks. "
        "fast if not given.",
    )
    prompt: str | None = Field(
        None,
        description="Text after the video, with {question} in it once; the protocol's if not "
        "given.",
    )
    parsing: Rules | None = Field(
        None,
        description="Rules by which --protocol paper reads an answer; the paper's if not given.",
    )
    fps: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Frames a second that the judge sees; the protocol's if not given.",
    )
    frames: int | None = Field(
        None, ge=1, description="Frames a video that the judge sees, in place of --fps."
    )
    max_pixels: int | None = Field(
        None, ge=1, description="Largest number of pixels of a frame; the protocol's if not given."
    )
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Smallest probability of yes and no together that counts as an answer in "
        "--protocol fast; 0.5 if not given.",
    )
    max_new_tokens: int | None = Field(
        None, ge=1, description="Longest written answer, in tokens; the protocol's if not given."
    )
    dtype: Dtype | None = Field(
        None, description="Float type of the judge's weights; as they are stored if not given."
    )
    device: str | None = Field(
        None,
        description="Where the judge runs, as cuda:0, or auto to spread it; chosen if not given.",
    )
    attention: Attention | None = Field(
        None, description="How the judge computes attention; sdpa if not given."
    )
    quantization: Quantization | None = Field(
        None,
        validation_alias=AliasChoices("quantization", "quantisation"),
        description="Load the judge's weights in fewer bits, by bitsandbytes.",
    )
    max_questions: int | None = Field(
        None, ge=1, description="Most questions in one batch of a model on this machine; else 16."
    )
    batch_clips: int | None = Field(
        None, ge=1, description="Most clips in one batch of a model on this machine; else 8."
    )
    base_url: str | None = Field(
        None, description="Address of an OpenAI-compatible server, as http://localhost:8000/v1."
    )
    api_key_env: str | None = Field(
        None, description="Environment variable that holds the server's API key."
    )
    frame_form: FrameForm | None = Field(
        None, description="How frames are sent to a server; images if not given."
    )
    concurrency: int | None = Field(
        None, ge=1, le=1024, description="Most requests to a server at once; 8 if not given."
    )
    requests_per_minute: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Most requests to a server started in a minute.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Options of a judge of another package, plain JSON values by name; only in "
        "Python and in a file.",
    )

    @classmethod
    def of(cls, fields: dict[str, Any], *, where: str = "judge") -> Self:
        """The spec with these fields, those that are None left out.

        Raises:
            UserError: A field is missing, unknown or out of its range; `where` begins the message.
        """
        from omiti2v.records import describe_validation_error

        try:
            return cls.model_validate({k: v for k, v in fields.items() if v is not None})
        except ValidationError as error:
            raise UserError(f"{where}: {describe_validation_error(error)}") from None

    @classmethod
    def read(cls, path: Path) -> Self:
        """The spec in a file; see `read_judge_file`.

        Raises:
            UserError: It can't be read, or as for `of`.
        """
        return cls.of(read_judge_file(path), where=str(path))

    @property
    def given(self) -> dict[str, Any]:
        """The options that differ from what is taken where nothing is said, by name."""
        return self.model_dump(exclude={"model"}, exclude_defaults=True)

    @property
    def target(self) -> str:
        """What follows the first colon in `model`, as MODEL in "openai:MODEL"; "" for none."""
        return self.model.partition(":")[2]

    def frame_rule(self) -> FrameRule | None:
        """The frames that are asked for; None where nothing is asked for."""
        from evaluators.judges.protocols import frame_rule_for

        return frame_rule_for(self.protocol, fps=self.fps, frames=self.frames)

    def refuse(self, names: tuple[str, ...], why: str) -> None:
        """Refuse options that a judge would pass over.

        Raises:
            UserError: One of them is given.
        """
        for name in names:
            if name in self.given:
                raise UserError(f"{self.model}: --{name.replace('_', '-')} {why}")


def read_judge_file(path: Path) -> dict[str, Any]:
    """The fields in a judge's file, YAML or JSON, as plain values, by their names in `JudgeSpec`.

    Raises:
        UserError: It can't be read, or is no mapping of names to values.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UserError(f"{path}: expected a judge's options as YAML or JSON") from None
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise UserError(f"{path}: expected a judge's options by name, as model: FOLDER")
    if "quantisation" in content:
        content.setdefault("quantization", content.pop("quantisation"))
    return content
