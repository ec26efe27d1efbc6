"""Where the attention goes, by block and denoising step, plain against AlignVid."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from alignvid_ref.analysis.attention_row import AttentionRow, Run
from alignvid_ref.analysis.probe import Observation, observed_call
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.gate import Step
from alignvid_ref.logits.layout import GROUPS
from alignvid_ref.logits.measures import measure
from alignvid_ref.logits.projections import Projected
from omiti2v.records import write_atomically


@dataclass(frozen=True)
class AttentionReport:
    """The rows of both runs, and the settings of the second.

    Attributes:
        config: What `alignvid` rows ran with.
        rows: Plain first, each run in the order of computation.
    """

    config: AlignVidConfig
    rows: tuple[AttentionRow, ...]

    def to_json(self) -> str:
        """One object with `config` and `rows`."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return json.dumps({"config": self.config.to_dict(), "rows": rows}, indent=1)

    def to_csv(self) -> str:
        """The rows under a header, lines ended by a newline."""
        text = io.StringIO()
        names = [field.name for field in dataclasses.fields(AttentionRow)]
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(dataclasses.asdict(row) for row in self.rows)
        return text.getvalue()

    def write_json(self, path: Path) -> None:
        """Write `to_json` to a file.

        Raises:
            UserError: It can't be written.
        """
        write_atomically(path, self.to_json() + "\n")

    def write_csv(self, path: Path) -> None:
        """Write `to_csv` to a file.

        Raises:
            UserError: It can't be written.
        """
        write_atomically(path, self.to_csv())

    def write_figure(self, path: Path) -> None:
        """Draw the report; see `figure.draw`.

        Raises:
            UserError: matplotlib is absent, the ending is not .png or .svg, or the file can't be
                written.
        """
        from alignvid_ref.analysis.figure import draw

        draw(self.rows, path)


def attention_report(
    pipe: Any, inputs: Mapping[str, Any], *, config: AlignVidConfig, seed: int = 0
) -> AttentionReport:
    """Run a pipeline plain and with AlignVid, from the same noise, and measure its attention.

    Families: those of `alignvid_ref.logits`. Masses are those of one softmax over all keys of a
    block but padding; how much the model's own attention, which has no mask on Wan, spends on
    padding is `padding_mass`. Wan has a softmax for the image and one for the text, under which
    either mass is always 1; the joined softmax tells how they would share. Entropy is that of the
    model's own softmaxes, padding left out, on Wan averaged over the two.

    After the first step that differs, the two runs are at different latents, as they are in use:
    rows compare the trajectories, not the effect on one input.

    Args:
        pipe: A diffusers pipeline.
        inputs: Keyword arguments of its call, without `generator`.
        config: Settings of the second run.
        seed: Seed of the noise of both runs.

    Raises:
        UserError: The pipeline's family is not supported, or the config does not fit it.
    """
    runs: tuple[tuple[Run, AlignVidConfig], ...] = (
        # Attached at gamma 1 the model computes, bit for bit, what it computes alone.
        ("plain", config.replace(modulation="scalar", gamma=1.0)),
        ("alignvid", config),
    )
    rows: list[AttentionRow] = []
    for run, settings in runs:
        passes: defaultdict[tuple[str, int, Step], list[Tensor]] = defaultdict(list)

        def add(seen: Observation, passes: Any = passes) -> None:
            passes[seen.transformer, seen.block, seen.step].append(_averages(seen))

        observed_call(pipe, inputs, settings, add, seed=seed)
        rows += [_row(run, *key, torch.stack(found)) for key, found in passes.items()]
    return AttentionReport(config, tuple(rows))


def _row(run: Run, transformer: str, block: int, step: Step, passes: Tensor) -> AttentionRow:
    image, video, text, padding, entropy = passes.mean(dim=0).tolist()
    return AttentionRow(
        run=run,
        transformer=transformer,
        block=block,
        trajectory=step.trajectory,
        step=step.index,
        timestep=step.timestep,
        in_window=step.on,
        image_mass=image,
        video_mass=video,
        text_mass=text,
        padding_mass=padding,
        entropy=entropy,
    )


def _averages(seen: Observation) -> Tensor:
    """Masses by `GROUPS`, the share of padding, then the entropy."""
    projected = seen.projected
    query = projected.query[:, projected.video_queries]
    joined = measure(
        query, projected.joined_key, groups=projected.groups, key_mask=projected.key_mask
    )
    entropies = [joined.normalised_entropy]
    if len(projected.streams) > 1:
        lengths = [stream.key.shape[1] for stream in projected.streams]
        own = projected.key_mask
        masks = [None] * len(lengths) if own is None else torch.split(own, lengths, dim=1)
        entropies = [
            measure(
                query, stream.key, groups=projected.groups[:, :length], key_mask=mask
            ).normalised_entropy
            for stream, length, mask in zip(projected.streams, lengths, masks, strict=True)
        ]
    masses = joined.masses.mean(dim=(0, 1, 2))
    assert len(masses) == len(GROUPS)  # noqa: S101
    entropy = torch.stack([found.mean() for found in entropies]).mean()
    return torch.cat([masses, _padding_mass(projected, query)[None], entropy[None]]).cpu()


def _padding_mass(projected: Projected, query: Tensor) -> Tensor:
    """What the model's own attention, padding and all, gives to padding."""
    if projected.padding is None:
        return query.new_zeros((), dtype=torch.float32)
    shares = [
        measure(query[[i]], projected.joined_key[[i]], groups=padding[None]).masses.mean()
        for i, padding in enumerate(projected.padding)
    ]
    return torch.stack(shares).mean()
