"""What a judge is given for a video and a question, down to tokens and pixels."""

from __future__ import annotations

import hashlib
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import PIL.ImageDraw

from evaluators.frames import Clip, Frames, Video, sample_frames
from evaluators.frames.resizing import fit_pixels, resize
from evaluators.judges.from_spec import check_server_spec
from evaluators.judges.loading import OPENAI_KIND, find_judge, load_judge
from evaluators.judges.prompt import wording_of
from evaluators.judges.protocols import ONE_FRAME, SERVER_DEFAULTS
from omiti2v.errors import UserError
from omiti2v.judge_spec import JudgeSpec
from omiti2v.prompt_file import PLACE
from omiti2v.records import Record
from omiti2v.safe_text import name_as_text

if TYPE_CHECKING:
    from evaluators.judges.transformers_judge import TransformersJudge

_SHEET_SIDE = 4096
_LABEL = 14
_GAP = 4


class ShownFrame(Record):
    """A frame that the judge is shown: its place in the video, counted from 0, and its second."""

    index: int
    time: float


class Inspection(Record):
    """What a judge is given. What its kind of model doesn't have, or can't be known here, is None.

    Attributes:
        video: The video's file, as it was given.
        question: The question.
        judge: The judge's name.
        protocol: "fast" or "paper"; None where the judge is another package's.
        fingerprint: The judge's.
        prompt_wording: Whose words the prompt is: "the authors'", "ours" or "another".
        text: The whole text with the question, one placeholder standing for the video.
        text_sha256: Of `text` in UTF-8.
        frames: The frames, in order.
        source_frames: Their places in the video.
        size: Width and height of the frames as given, in pixels; of a processor that gives them in
            a form that is not known here, as it was given them.
        grid_thw: Patches in time, height and width.
        second_per_grid: Seconds from one step of time to the next, as the model is told.
        temporal_positions: Position of each step of time, from the video's first position on.
        text_after_video: Position of the first token of text after the video, likewise.
        tokens: Of the text and the video together.
        video_tokens: Of the video.
        generation: How an answer comes about.
        answer_tokens: Spellings of yes and of no that are one token, with its id.
    """

    video: str
    question: str
    judge: str
    protocol: str | None = None
    fingerprint: str | None = None
    prompt_wording: str | None = None
    text: str | None = None
    text_sha256: str | None = None
    frames: tuple[ShownFrame, ...]
    source_frames: tuple[int, ...]
    size: tuple[int, int]
    grid_thw: tuple[int, ...] | None = None
    second_per_grid: float | None = None
    temporal_positions: tuple[int, ...] | None = None
    text_after_video: int | None = None
    tokens: int | None = None
    video_tokens: int | None = None
    generation: dict[str, Any] | None = None
    answer_tokens: dict[str, dict[str, int]] | None = None


def inspect_video(spec: JudgeSpec, video: Video, question: str) -> tuple[Inspection, Frames]:
    """What the judge of `spec` is given for a video, and its frames as they are given.

    The model is loaded and not run. A server's model is not asked: what is known is what is sent.

    Raises:
        UserError: The judge can't be loaded, or can't be asked this.
    """
    asked = {"video": name_as_text(str(video.path)), "question": question}
    if find_judge(spec.model) is OPENAI_KIND:
        return _sent(spec, video, question, asked)
    judge = load_judge(spec)
    clip = sample_frames(video, judge.frame_rule)
    facts = asked | {"judge": judge.name, "fingerprint": judge.fingerprint}
    if not hasattr(judge, "family"):
        return _inspection(clip, clip.frames, **facts), clip.frames
    return _given(judge, clip, question, facts)  # type: ignore[arg-type]


def _given(
    judge: TransformersJudge, clip: Clip, question: str, facts: dict[str, Any]
) -> tuple[Inspection, Frames]:
    from evaluators.judges.answer_tokens import answer_spellings
    from evaluators.judges.model_inputs import pixels_given, video_places

    prepared = judge.prepare(clip, [question])
    if prepared.prefix is None:
        raise UserError(f"{judge.name}: can't be asked: {prepared.answered[0].reason}")
    (suffix,) = prepared.suffixes.values()
    family, inputs = judge.family, prepared.prefix.inputs
    given = pixels_given(inputs, family.processor.video_processor)
    frames = clip.frames if given is None else given[: len(clip.frames)]
    grid, seconds = inputs.get("video_grid_thw"), inputs.get("second_per_grid_ts")
    identity = dict(judge.identity)
    settings = ("threshold", "max_new_tokens", "repetition_penalty", "stop_tokens", "parsing")
    inspection = _inspection(
        clip,
        frames,
        **facts,
        protocol=identity["protocol"],
        prompt_wording=wording_of(str(identity["prompt"])),
        text=judge.text_of(question),
        grid_thw=None if grid is None else tuple(grid[0].tolist()),
        second_per_grid=None if seconds is None else float(seconds[0]),
        tokens=prepared.prefix.length + len(suffix),
        generation={"do_sample": False} | {n: identity[n] for n in settings if n in identity},
        answer_tokens=answer_spellings(family.tokenizer),
        **video_places(prepared.prefix, family.model.config),
    )
    return inspection, frames


def _sent(
    spec: JudgeSpec, video: Video, question: str, facts: dict[str, Any]
) -> tuple[Inspection, Frames]:
    from evaluators.judges.frame_choice import frame_rule_for
    from evaluators.judges.openai.chat import control_token, frame_times

    check_server_spec(spec)
    if reason := control_token(question):
        raise UserError(f"{spec.model}: can't be asked: {reason}")
    defaults = SERVER_DEFAULTS[spec.protocol]
    rule = frame_rule_for(spec) or defaults.frame_rule
    clip = sample_frames(video, rule)
    if rule.pairs and len(clip.frames) < 2:
        raise UserError(f"{spec.model}: can't be asked: {ONE_FRAME}")
    frames = fit_pixels(clip.frames, max_pixels=spec.max_pixels or defaults.max_pixels)
    prompt = spec.prompt or defaults.prompt
    inspection = _inspection(
        clip,
        frames,
        **facts,
        judge=spec.target,
        protocol=spec.protocol,
        prompt_wording=wording_of(prompt),
        text=f"{frame_times(clip)}\n{prompt.replace(PLACE, question)}",
    )
    return inspection, frames


def _inspection(clip: Clip, frames: Frames, **facts: Any) -> Inspection:
    indices = [int(index) for index in clip.indices]
    times = [round(float(time), 6) for time in clip.times]
    text = facts.get("text")
    return Inspection(
        frames=tuple(ShownFrame(index=i, time=t) for i, t in zip(indices, times, strict=True)),
        source_frames=tuple(indices),
        size=(frames.shape[2], frames.shape[1]),
        text_sha256=None if text is None else hashlib.sha256(text.encode()).hexdigest(),
        **facts,
    )


def contact_sheet(inspection: Inspection, frames: Frames) -> bytes:
    """The frames beside each other, each with its place and its second, as a PNG file.

    They are as large as the judge is given them, unless the sheet would be larger than about
    4096x4096 pixels.
    """
    count, height, width = frames.shape[:3]
    columns = math.ceil(math.sqrt(count * height / width))
    rows = math.ceil(count / columns)
    room = _SHEET_SIDE - max(rows, columns) * (_LABEL + _GAP)
    scale = min(1.0, room / (columns * width), room / (rows * height))
    cell_width, cell_height = max(1, int(width * scale)), max(1, int(height * scale))
    step_x, step_y = max(cell_width, 110) + _GAP, cell_height + _LABEL + _GAP
    sheet = PIL.Image.new("RGB", (columns * step_x, rows * step_y), "white")
    draw = PIL.ImageDraw.Draw(sheet)
    for number, (frame, shown) in enumerate(zip(frames, inspection.frames, strict=True)):
        x, y = number % columns * step_x, number // columns * step_y
        draw.text((x + 1, y), f"frame {shown.index}, {shown.time:.2f} s", fill="black")
        small = frame if scale == 1.0 else resize(np.asarray(frame), cell_width, cell_height)
        sheet.paste(PIL.Image.fromarray(small), (x, y + _LABEL))
    file = io.BytesIO()
    sheet.save(file, "PNG", compress_level=3)
    return file.getvalue()
