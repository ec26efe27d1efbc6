"""Models asked with transformers' auto classes alone, without any code of ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from evaluators.frames import Clip

MARKED = ("<|vision_start|><|video_pad|><|vision_end|>", "<|video_pad|>")
"""What Qwen3-VL's template writes, and what the processor of its release left of it."""


class Stock:
    """The model of a folder and its processor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.processor = AutoProcessor.from_pretrained(folder)

    @cached_property
    def model(self) -> Any:
        model = AutoModelForImageTextToText.from_pretrained(self._folder, dtype=torch.float32)
        return model.eval()

    def rendered(self, prompt: str) -> str:
        """The chat of a video and this prompt, as text."""
        content = [{"type": "video"}, {"type": "text", "text": prompt}]
        chat = [{"role": "user", "content": content}]
        return str(self.processor.apply_chat_template(chat, add_generation_prompt=True))

    def inputs(
        self,
        clip: Clip,
        prompt: str,
        *,
        marked: bool = False,
        metadata: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """One call of the processor on the whole text; `marked` is for Qwen3-VL, see `MARKED`."""
        text, frames = self.rendered(prompt), list(clip.frames)
        if marked:
            text = text.replace(*MARKED)
            frames += frames[-1:] * (len(frames) % 2)
        batch = self.processor(
            text=[text],
            videos=[np.array(frames)],
            video_metadata=[_metadata(clip) | dict(metadata or {})],
            do_sample_frames=False,
            return_tensors="pt",
            **options,
        )
        return dict(batch)

    def inputs_in_one_call(self, clip: Clip, prompt: str, **template: Any) -> dict[str, Any]:
        """What the chat template gives where it calls the processor itself."""
        video = {"type": "video", "video": np.array(clip.frames)}
        content = [video, {"type": "text", "text": prompt}]
        batch = self.processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"video_metadata": [[_metadata(clip)]], "do_sample_frames": False},
            **template,
        )
        return dict(batch)

    @torch.inference_mode()
    def logits(self, inputs: Mapping[str, Any]) -> torch.Tensor:
        """Of the next token, shape (vocabulary,)."""
        logits: torch.Tensor = self.model(**inputs, use_cache=False).logits[0, -1]
        return logits


def p_yes_and_mass(logits: torch.Tensor, answer_tokens: Any) -> tuple[float, float]:
    """P(yes) and the probability of yes and no together, by a judge's `answer_tokens`."""
    chances = logits.double().softmax(dim=-1)
    yes, no = (float(chances[answer_tokens[word]].sum()) for word in ("yes", "no"))
    return yes / (yes + no), yes + no


def _metadata(clip: Clip) -> dict[str, Any]:
    count = len(clip.frames)
    return {
        "total_num_frames": count,
        "fps": clip.fps,
        "duration": count / clip.fps,
        "frames_indices": list(range(count)),
    }
