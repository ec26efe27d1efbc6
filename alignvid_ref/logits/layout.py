"""Which keys of a joint attention are image, video and text.

An attention processor sees two lengths only, those of the latent and of the text stream. Where the
image ends is known to the transformer's embedders, so these are watched: their class is exchanged
for a subclass that notes the lengths as they pass, and exchanged back on removal. Nothing is stored
on the module itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from alignvid_ref.swap import Remove, subclass, swap_class

Note = Callable[[Any, tuple[Any, ...], Any], None]

GROUPS = ("image", "video", "text")
"""Row names of the boolean tensors that say which key belongs to which group."""


@dataclass
class Layout:
    """Token counts of the forward that is running.

    Attributes:
        grid: Frames, rows and columns of the tokens being denoised.
        image_embeds: Tokens of the image encoder at the head of the text stream.
        first_frame_is_image: The first frame of the grid is the reference image, kept clean
            (HunyuanVideo's `token_replace`).
        words: Which text tokens are a prompt's own, shape (batch, tokens); None where the model
            has a mask of its own, or nothing is padded.
    """

    grid: tuple[int, int, int] = (0, 0, 0)
    image_embeds: int = 0
    first_frame_is_image: bool = False
    words: Tensor | None = None

    @property
    def denoised(self) -> int:
        """Number of tokens in the grid."""
        frames, rows, columns = self.grid
        return frames * rows * columns


def joint_groups(layout: Layout, *, latents: int, encoder: int, device: torch.device) -> Tensor:
    """Groups of the keys [history, denoised frames, image encoder, text] of joint attention.

    Image are all keys that carry given pictures: clean history (FramePack's packed latents, with
    the reference image among them), the first frame where it is kept clean, and the image encoder's
    tokens. Video are the frames being denoised.

    Args:
        layout: Counts of the running forward.
        latents: Length of the latent stream, history included.
        encoder: Length of the text stream, image encoder included.
        device: Where to put the result.

    Returns:
        Boolean, shape (3, latents + encoder), rows as in `GROUPS`.
    """
    history = latents - layout.denoised
    clean = history + (layout.grid[1] * layout.grid[2] if layout.first_frame_is_image else 0)
    position = torch.arange(latents + encoder, device=device)
    in_text_stream = position >= latents
    text = position >= latents + layout.image_embeds
    image = (position < clean) | (in_text_stream & ~text)
    return torch.stack([image, ~image & ~text, text])


def watch_layout(transformer: Any, layout: Layout) -> Remove:
    """Keep `layout` up to date with each forward of a FramePack, HunyuanVideo or Wan transformer.

    Returns:
        A function that undoes it.
    """

    def note_grid(embedder: Any, arguments: tuple[Any, ...], _: Tensor) -> None:
        *_, frames, rows, columns = arguments[0].shape
        steps = embedder.stride if isinstance(embedder, nn.Conv3d) else embedder.proj.stride
        layout.grid = (frames // steps[0], rows // steps[1], columns // steps[2])

    def note_image(_: Any, __: tuple[Any, ...], output: Tensor) -> None:
        layout.image_embeds = output.shape[1]

    def note_words(_: Any, arguments: tuple[Any, ...], __: Any) -> None:
        layout.words = words_of(arguments[1])

    config = transformer.config
    layout.first_frame_is_image = config.get("image_condition_type") == "token_replace"
    # Wan embeds with a convolution of its own, the HunyuanVideo family with a module around one.
    patches = getattr(transformer, "patch_embedding", None) or transformer.x_embedder
    removers = [_watch(patches, note_grid)]
    if getattr(transformer, "image_projection", None) is not None:
        removers.append(_watch(transformer.image_projection, note_image))
    if getattr(transformer, "condition_embedder", None) is not None:
        removers.append(_watch(transformer.condition_embedder, note_words))

    def remove() -> None:
        for undo in removers:
            undo()

    return remove


def words_of(text: Tensor) -> Tensor:
    """Which tokens of a text are not padding, shape (batch, tokens).

    Wan's pipelines pad the text encoder's output with exact zeros and attend to these too: its
    attention has no mask, so this is the only place where padding can be told from words.

    Args:
        text: As it enters the transformer, shape (batch, tokens, channels).
    """
    return (text != 0).any(dim=-1)


def _watch(module: nn.Module, note: Note) -> Remove:
    cls = type(module)
    watching = True

    def call(self: nn.Module, *arguments: Any, **named: Any) -> Any:
        output = cls.__call__(self, *arguments, **named)
        if watching:
            note(self, arguments, output)
        return output

    restore = swap_class(module, subclass(cls, call))

    def remove() -> None:
        nonlocal watching
        watching = False
        restore()

    return remove
