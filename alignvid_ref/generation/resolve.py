"""From what a user asks for to a model's files and the settings of its videos. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones import Backbone, Source
from alignvid_ref.generation.backbones.registry import (
    backbone_for,
    find_backbone,
    require_backbone,
)
from alignvid_ref.generation.lora import Lora
from alignvid_ref.generation.settings import Dtype, GenerationSettings, Method, Solver
from alignvid_ref.generation.weights import (
    fetch,
    folder_digest,
    pipeline_class,
    transformer_settings,
)
from alignvid_ref.recognition import changes_for, weights_name
from omiti2v.errors import UserError
from omiti2v.hub import HUB_ID
from omiti2v.model_files import read_json_object
from omiti2v.records import describe_validation_error
from omiti2v.safe_text import name_as_text

_FOR_ALL = ("seed", "fit", "height", "width", "frames", "fps")
_FOR_MODELS = (
    "pipeline",
    "steps",
    "guidance_scale",
    "solver",
    "flow_shift",
    "sampling",
    "vae_tiling",
)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Settings that a user may choose; None leaves a choice to the backbone."""

    seed: int | None = None
    height: int | None = None
    width: int | None = None
    frames: int | None = None
    fps: int | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    solver: Solver | None = None
    flow_shift: float | None = None
    negative_prompt: str | None = None


@dataclass(frozen=True)
class Model:
    """A backbone and where its files are.

    Attributes:
        backbone: How it is run.
        folder: A saved pipeline; None where the parts are fetched from the hub when needed.
        revision: Commits, or the digest of the folder.
    """

    backbone: Backbone
    folder: Path | None
    revision: str


def find_model(spec: str, *, run_as: str | None = None) -> Model:
    """The model that `--backbone` names.

    Args:
        spec: A backbone's name or module:name, the folder of a saved pipeline, or
            owner/name@revision.
        run_as: Run a folder or hub repository with the settings of this backbone, instead of those
            for the class of its pipeline.

    Raises:
        UserError: There is no such model, it can't be downloaded, or is not safe to load.
    """
    path = Path(spec).expanduser()
    backbone = None if run_as else find_backbone(spec)
    if backbone is not None and backbone.has_weights:
        return _model(backbone)
    if path.is_dir():
        backbone = _backbone_of(path, name_as_text(path.resolve().name), run_as)
        return Model(backbone, path, f"sha256:{folder_digest(path)}")
    hub_id, at, revision = spec.rpartition("@")
    if not at or not HUB_ID.fullmatch(hub_id):
        raise UserError(
            f"{spec}: no such backbone or folder; give a name of `omiti2v backbone list` that has "
            "weights, module:name, the folder of a saved pipeline, or owner/name@revision"
        )
    folder = fetch(Source(hub_id, revision))
    # The hub's cache names a folder by its commit, which a branch or tag does not.
    commit = folder.name if folder.parent.name == "snapshots" else revision
    return Model(_backbone_of(folder, hub_id, run_as), folder, commit)


def _model(backbone: Backbone) -> Model:
    folder = backbone.packaged
    if folder is None:
        revisions = dict.fromkeys(str(source) for source in backbone.parts.values())
        alone = backbone.parts["pipeline"].revision
        return Model(backbone, None, alone if len(revisions) == 1 else " ".join(revisions))
    if not folder.is_dir():
        raise UserError(
            f"{backbone.name}: its weights are not in this installation: {folder}: no such folder; "
            f"give a folder that has them: --backbone FOLDER --run-as {backbone.name}"
        )
    pipeline_class(folder, package=backbone.package)  # refuses what is not safe to load
    return Model(backbone, folder, f"sha256:{folder_digest(folder)}")


def _backbone_of(folder: Path, name: str, run_as: str | None) -> Backbone:
    if run_as is None:
        chosen = _recognized(folder, name)
    else:
        chosen = require_backbone(run_as, option="--run-as")
        pipeline = pipeline_class(folder, package=chosen.package)
        if not chosen.runs(pipeline):
            raise UserError(
                f"--run-as {run_as}: is for {chosen.pipeline}, but {folder} holds {pipeline}"
            )
    return replace(chosen, name=name)


def _recognized(folder: Path, name: str) -> Backbone:
    """The backbone for a folder, and AlignVid's settings as far as they hold for it."""
    pipeline, transformer = pipeline_class(folder), transformer_settings(folder)
    if transformer.get("pos_embed_seq_len") is not None:
        raise UserError(
            f"{folder}: a Wan for first and last frame, which takes two images; there is one a "
            "sample, so it is not run here"
        )
    chosen = backbone_for(
        pipeline,
        has_image_branch=transformer.get("added_kv_proj_dim") is not None,
        weights=weights_name(name),
    )
    if chosen.alignvid is None:
        return chosen
    own = chosen.alignvid
    changes = changes_for(own.blocks, own.evidence, transformer, name=weights_name(name))
    return replace(chosen, alignvid=chosen.alignvid.replace(**changes))


def part_folders(model: Model) -> dict[str, Path]:
    """The folder of each part of a model that has one, downloaded where needed.

    Raises:
        UserError: It can't be downloaded, or is not a saved pipeline.
    """
    own: dict[str, Path] = {}
    folder = model.folder
    if folder is None:
        sources = {name: at for name, at in model.backbone.parts.items() if name != "pipeline"}
        folder = fetch(model.backbone.parts["pipeline"], without=tuple(sources))
        for name, source in sources.items():
            place = fetch(source)
            own[name] = place / name if (place / name).is_dir() else place
    index = read_json_object(folder / "model_index.json", "a folder that save_pretrained wrote")
    named = [name for name, entry in index.items() if isinstance(entry, list) and any(entry)]
    return {name: folder / name for name in named if (folder / name).is_dir()} | own


def control_settings(method: Method, backbone: Backbone, choices: Choices) -> GenerationSettings:
    """The settings of a control with the size, length and rate of a backbone.

    Raises:
        UserError: A value is out of its range.
    """
    return _settings(backbone, choices, _FOR_ALL, method=method)


def model_settings(
    method: Method,
    model: Model,
    choices: Choices,
    *,
    dtype: Dtype,
    alignvid: AlignVidConfig | None = None,
    method_config: str | None = None,
    lora: Lora | None = None,
) -> GenerationSettings:
    """The settings of videos that a model makes.

    Args:
        method: One that needs a model.
        model: The model.
        choices: Of the user.
        dtype: Of the transformer.
        alignvid: For the method `alignvid`.
        method_config: Of the method, as JSON, where it has one.
        lora: On the transformer.

    Raises:
        UserError: A value is out of its range, or the model can't make so many frames or such a
            size.
    """
    backbone = model.backbone
    settings = _settings(
        backbone,
        choices,
        (*_FOR_ALL, *_FOR_MODELS),
        method=method,
        backbone=backbone.name,
        revision=model.revision,
        dtype=dtype,
        alignvid=alignvid.to_json() if alignvid else None,
        method_config=method_config,
        negative_prompt=choices.negative_prompt,
        lora=lora.recorded if lora else None,
        lora_weight=lora.weight if lora else None,
    )
    section = backbone.frames_per_section
    over = (settings.frames - 1) % section
    if over:
        lower = settings.frames - over
        raise UserError(
            f"--frames: {backbone.name} makes {section} n + 1 frames, got {settings.frames}; "
            f"take {lower} or {lower + section}"
        )
    for name in ("height", "width"):
        value = getattr(settings, name)
        if value % backbone.multiple:
            raise UserError(
                f"--{name}: {backbone.name} needs a multiple of {backbone.multiple}, got {value}"
            )
    return settings


def _settings(
    model: Backbone, choices: Choices, names: tuple[str, ...], **others: object
) -> GenerationSettings:
    """The named fields as the backbone has them, the user's choices, and other fields."""
    if (choices.height is None) != (choices.width is None):
        raise UserError("--height and --width: give both or neither")
    chosen = {name: value for name, value in vars(choices).items() if value is not None}
    fields = {name: chosen.get(name, getattr(model, name)) for name in names}
    if choices.height is not None:
        fields["fit"] = "exact"
    try:
        return GenerationSettings.model_validate(fields | others)
    except ValidationError as error:
        field, _, told = describe_validation_error(error).partition(":")
        raise UserError(f"--{field.replace('_', '-')}:{told}") from None
