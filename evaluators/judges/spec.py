"""What a judge is to be: the one place that lists its options, for commands and for Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from omiti2v.errors import UserError
from omiti2v.records import describe_validation_error

ProtocolName = Literal["fast", "paper"]
Parsing = Literal["paper", "strict"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Attention = Literal["eager", "sdpa", "flash_attention_2"]
Quantization = Literal["int8", "nf4"]
FrameForm = Literal["images", "video-jpeg", "video-mp4"]
Count = Annotated[int, Field(ge=1)]


class JudgeSpec(BaseModel):
    """A judge's model and options; what is None is the judge's or the protocol's own.

    Attributes:
        model: "tiny"; a model's folder; a hub id, with `@revision` or `revision`; `openai:MODEL` on
            a server; a name that another package registers; or `module:name`.
        revision: Commit, tag or branch of a hub id; of a server's model, what you know of it.
        protocol: How it is asked.
        prompt: Text after the video, with `{question}` in it once.
        parsing: `paper`: rules by which the text is read.
        fps: Frames a second that it sees; excludes `frames`.
        frames: Frames a video that it sees.
        max_pixels: Largest number of pixels of a frame.
        threshold: `fast`: smallest probability in [0, 1] of yes and no together that counts as an
            answer.
        max_new_tokens: Largest number of tokens of a written answer.
        dtype, device, attention, quantization: Of a model on this machine.
        max_questions, batch_clips: Questions and clips in one batch of a model on this machine.
        base_url: Of an OpenAI-compatible server, as http://localhost:8000/v1.
        api_key_env: Environment variable that holds the server's API key.
        frame_form: How frames are sent to a server.
        concurrency: Most requests to a server at once.
        requests_per_minute: Most requests to a server started in a minute.
        options: For a judge of another package: its own, plain JSON values.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    model: str
    revision: str | None = None
    protocol: ProtocolName = "fast"
    prompt: str | None = None
    parsing: Parsing | None = None
    fps: Annotated[float, Field(gt=0)] | None = None
    frames: Count | None = None
    max_pixels: Count | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    max_new_tokens: Count | None = None
    dtype: Dtype | None = None
    device: str | None = None
    attention: Attention | None = None
    quantization: Quantization | None = Field(
        None, validation_alias=AliasChoices("quantization", "quantisation")
    )
    max_questions: Count | None = None
    batch_clips: Count | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    frame_form: FrameForm | None = None
    concurrency: Annotated[int, Field(ge=1, le=1024)] | None = None
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The spec in a YAML or JSON file.

        Raises:
            UserError: It can't be read, or a field is unknown or out of its range.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(f"{path}: can't be read: {error.strerror}") from None
        except (yaml.YAMLError, UnicodeDecodeError):
            raise UserError(f"{path}: expected a judge's options as YAML or JSON") from None
        if not isinstance(content, dict):
            raise UserError(f"{path}: expected a judge's options by name, as model: FOLDER")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise UserError(f"{path}: {describe_validation_error(error)}") from None
