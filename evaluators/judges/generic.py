"""Any video model of transformers that has no family of its own: slower, with the same answers.

Nothing is known of such a model but what its files say. So the processor and the chat template are
taken as they come, the model's own forward pass works out all positions, and the video is read for
each question. That the model is given what one stock call of its processor gives is checked on a
made clip before the weights are loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForImageTextToText, AutoProcessor

from evaluators.frames import Clip, FrameRule
from evaluators.frames.resizing import fit_pixels
from evaluators.judges.answer_tokens import Tokenizer
from evaluators.judges.family import LoadOptions, Prefix, joined, load_model
from evaluators.judges.processor_inputs import run_processor, timed_metadata
from evaluators.judges.prompt import DEFAULT_PROMPT, QuestionTokens, chat_text, rendered
from omiti2v.errors import UserError, one_line
from omiti2v.prompt_file import PLACE

WAY_OUT = "serve the model and use --judge openai:MODEL"


class GenericFamily:
    """A loaded model of any class; see `Family`.

    Args:
        folder: The model's folder.
        options: How its weights are loaded.
        max_pixels: Larger frames are scaled down before the processor has them; None for none.

    Raises:
        UserError: The model takes no video, or its processor gives it in a form that can't be
            checked.
    """

    fixed_size = True
    own_positions = False

    def __init__(
        self, folder: Path, options: LoadOptions, *, max_pixels: int | None = None
    ) -> None:
        try:
            self.processor = AutoProcessor.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # a model's own code, or broken files: nearly anything
            raise UserError(
                f"processor: can't be loaded: {one_line(error)}; use the model's form for "
                f'transformers ("-hf" on the hub), or {WAY_OUT}'
            ) from error
        self._max_pixels = max_pixels
        video_token = getattr(self.processor, "video_token", None)
        if getattr(self.processor, "video_processor", None) is None or video_token is None:
            raise UserError(
                "processor: expected one that takes videos, got "
                f"{type(self.processor).__name__}; use a model with video input, or {WAY_OUT}, "
                "which sends frames as pictures"
            )
        self.video_token: str = video_token
        self._check()
        options.check(self)
        self.model = load_model(AutoModelForImageTextToText, folder, options)
        self.architecture: str = type(self.model).__name__

    def identity_of(self, rule: FrameRule) -> Mapping[str, object]:
        """That it is asked in this form; see `Family`."""
        return {"family": "generic"}

    @property
    def tokenizer(self) -> Tokenizer:
        return cast(Tokenizer, self.processor.tokenizer)

    def prefix(self, clip: Clip, text: str) -> Prefix:
        """The clip and the text up to it; what comes after the video is tokenized with a question.

        Raises:
            ValueError: The clip's rate is not positive, or the processor can't take its frames or
                drops some of them.
        """
        inputs = self._run(clip, text)
        if (seen := frames_seen(inputs, self.processor)) is None or seen < len(clip.frames):
            raise ValueError(
                f"the processor gives the model {seen} of {len(clip.frames)} frames; give --frames"
            )
        after = len(QuestionTokens(self.tokenizer, lead=text, video_token=self.video_token)(""))
        length = inputs["input_ids"].shape[1] - after
        tokens = inputs["input_ids"].shape
        cut = {
            name: value[:, :length] if value.shape == tokens else value
            for name, value in inputs.items()
        }
        return Prefix(inputs=cut, length=length, next_positions=(length,))

    def positions(self, starts: Sequence[int], *, length: int) -> Tensor:
        """Never asked: the model works them out."""
        raise NotImplementedError

    def _run(self, clip: Clip, text: str) -> dict[str, Tensor]:
        if self._max_pixels is not None:
            clip = replace(clip, frames=fit_pixels(clip.frames, max_pixels=self._max_pixels))
        bos = getattr(self.processor.tokenizer, "bos_token", None)
        # As apply_chat_template does: a template that writes it must not have it twice.
        own_bos = bos is not None and text.startswith(bos)
        more = {"add_special_tokens": False} if own_bos else {}
        return dict(run_processor(self.processor, clip, text, timed_metadata(clip), **more))

    def _check(self) -> None:
        """Refuse a processor whose one call on a whole prompt is not what is put together here.

        Raises:
            UserError: It isn't, or its frames can't be counted.
        """
        clip, question = _made_clip(), "Is there a red cup?"
        text = chat_text(self.processor, DEFAULT_PROMPT, video_token=self.video_token)
        whole = rendered(self.processor, DEFAULT_PROMPT.replace(PLACE, question))
        expected = self._run(clip, whole)
        problem = None
        if odd := sorted(name for name, value in expected.items() if not torch.is_tensor(value)):
            problem = f"its output {odd[0]} is not a tensor"
        elif frames_seen(expected, self.processor) is None:
            problem = "its frames can't be counted"
        else:
            suffix = QuestionTokens(
                self.tokenizer, lead=text.head, tail=text.tail, video_token=self.video_token
            )(question)
            given = joined(self, self.prefix(clip, text.head), suffix).inputs
            for name, value in expected.items():
                if not torch.equal(given[name], value):
                    problem = f"its {name} for a whole prompt differ from those of the parts"
        if problem:
            raise UserError(
                f"processor: {type(self.processor).__name__} can't be used: {problem}; {WAY_OUT}"
            )


def frames_seen(inputs: Mapping[str, Any], processor: Any) -> int | None:
    """How many frames of one video are in a processor's output; None for a form not known here.

    A last frame that is repeated to fill up counts too.
    """
    if "num_frames_per_video" in inputs:
        return int(torch.as_tensor(inputs["num_frames_per_video"]).sum())
    grid = inputs.get("video_grid_thw", inputs.get("video_grids"))
    if grid is not None:
        frames_each = int(getattr(processor.video_processor, "temporal_patch_size", 1))
        return int(grid[:, 0].sum()) * frames_each
    pixels = inputs.get("pixel_values_videos")
    if torch.is_tensor(pixels) and pixels.ndim == 5:  # video, frame, color, height, width
        return int(pixels.shape[1])
    return None


def _made_clip(count: int = 4) -> Clip:
    frames = np.zeros((count, 64, 64, 3), np.uint8)
    for number in range(count):
        frames[number, : 16 * (number + 1)] = 255 - 50 * number
    places = np.arange(count)
    return Clip(frames=frames, times=places / 2.0, indices=places, fps=2.0)
