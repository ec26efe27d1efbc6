"""From a specification to a judge: the kinds that are registered, and objects of a person's own."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.judges.from_spec import (
    openai_from_spec,
    tiny_from_spec,
    transformers_from_spec,
)
from evaluators.tiny import WEIGHTS as TINY_WEIGHTS
from evaluators.tiny.questions import refusal
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra
from omiti2v.judge_spec import JudgeSpec
from omiti2v.plugins import find_plugins, is_object_path, load_object, load_plugin

if TYPE_CHECKING:
    from evaluators.judges.base import Judge

_DIGEST = re.compile(r"[0-9a-f]{64}")
TRANSFORMERS = "transformers"
"""The kind of a model's folder and of a hub id."""


@dataclass(frozen=True)
class JudgeKind:
    """A kind of judge of this package, as its entry point names it.

    Attributes:
        summary: What it is, in one line.
        extra: The extra that it needs.
        modules: What the extra must bring.
        make: Makes the judge; imports what it needs only then.
        place: Where a spec's model is: a folder, or a hub id with its revision. None for a kind
            whose judges come out of no files.
        refuses: Why no question of some can be put to it; None where one can. Needs no model.
    """

    summary: str
    extra: str
    modules: tuple[str, ...]
    make: Callable[[JudgeSpec], Judge]
    place: Callable[[JudgeSpec], str] | None = None
    refuses: Callable[[Sequence[str]], str | None] = lambda questions: None

    def __call__(self, spec: JudgeSpec) -> Judge:
        """Make the judge.

        Raises:
            UserError: The extra is not installed, or the judge can't be made.
        """
        require_extra(spec.model, self.extra, *self.modules)
        return self.make(spec)


def load_judge(spec: JudgeSpec | str, **fields: Any) -> Judge:
    """Load a judge: what `--judge` does, with the command's other options as fields.

    Args:
        spec: A specification, or its `model`: a registered name as "tiny", alone or with more after
            a colon as "openai:MODEL"; a model's folder (one that is called "tiny" is "./tiny"); a
            hub id as owner/name@revision; or "module:Class", looked for in the working directory
            too.
        fields: Fields of `JudgeSpec`, in place of those of `spec`.

    Raises:
        UserError: A field is not valid, a package is not installed, or the judge can't be loaded.
    """
    given = {"model": spec} if isinstance(spec, str) else {"model": spec.model} | spec.given
    spec = JudgeSpec.of(given | fields)
    make = find_judge(spec.model)
    if isinstance(make, JudgeKind):
        return make(spec)
    try:
        judge = _call(make, spec)
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # it is other people's code
        raise UserError(f"{spec.model}: can't be made: {one_line(error)}") from error
    _check(judge, spec.model)
    return judge


def refuse_questions(spec: JudgeSpec, questions: Sequence[str]) -> None:
    """Refuse a judge that can be asked none of these questions, before anything is loaded.

    Raises:
        UserError: It can't; or as for `find_judge`.
    """
    kind = find_judge(spec.model)
    if isinstance(kind, JudgeKind) and questions and (reason := kind.refuses(questions)):
        raise UserError(f"--judge {spec.model}: {reason}")


def find_judge(model: str) -> Callable[..., Judge]:
    """What makes the judge that `JudgeSpec.model` names.

    Raises:
        UserError: It can't be imported.
    """
    kinds = find_plugins("omiti2v.judges")
    name = model.partition(":")[0]
    found: Callable[..., Judge]
    if name in kinds:
        found = load_plugin(kinds[name])
    elif is_own_object(model):
        found = load_object(model)
    else:
        found = load_plugin(kinds[TRANSFORMERS])
    if not callable(found):
        raise UserError(f"{model}: expected a class or a function that makes a judge")
    return found


def is_own_object(model: str) -> bool:
    """Whether a judge is a `module:Class` of a person's own: no registered name, no folder."""
    name = model.partition(":")[0]
    return (
        is_object_path(model)
        and name not in find_plugins("omiti2v.judges")
        and not Path(model).exists()
    )


def _call(make: Callable[..., Judge], spec: JudgeSpec) -> Judge:
    """The judge of a callable that takes the spec, or `options` by name and nothing else."""
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind in by_place for p in inspect.signature(make).parameters.values()):
        return make(spec)
    # Workers are told their device, which a judge of this form has no say in.
    passed_over = tuple(name for name in spec.given if name not in ("options", "device"))
    spec.refuse(passed_over, "has no effect on a judge that does not take its JudgeSpec")
    return make(**spec.options)


def _check(judge: object, name: str) -> None:
    from evaluators.frames import FrameRule

    wanted: dict[str, tuple[type | tuple[type, ...], str]] = {
        "name": (str, "a text for tables"),
        "frame_rule": (FrameRule, "an evaluators.frames.FrameRule"),
        "identity": (Mapping, "a mapping of all that its answers depend on"),
        "fingerprint": (str, "a text, as evaluators.judges.fingerprint_of(self.identity)"),
    }
    for attribute, (kind, what) in wanted.items():
        if not isinstance(getattr(judge, attribute, None), kind):
            raise UserError(f"{name}: {type(judge).__name__}.{attribute}: expected {what}")
    try:
        json.dumps(dict(judge.identity), allow_nan=False).encode()  # type: ignore[attr-defined]
        plain = all(isinstance(key, str) for key in judge.identity)  # type: ignore[attr-defined]
    except (TypeError, ValueError, RecursionError):
        plain = False
    if not plain:
        raise UserError(f"{name}: {type(judge).__name__}.identity: expected plain JSON values")
    if not _DIGEST.fullmatch(judge.fingerprint):  # type: ignore[attr-defined]
        raise UserError(
            f"{name}: {type(judge).__name__}.fingerprint: expected 64 hex digits, as "
            "evaluators.judges.fingerprint_of(self.identity)"
        )
    if not callable(getattr(judge, "judge", None)):
        raise UserError(f"{name}: {type(judge).__name__}: expected a method judge(clip, questions)")


def _place(spec: JudgeSpec) -> str:
    model = spec.model.removeprefix(f"{TRANSFORMERS}:")
    return f"{model}@{spec.revision}" if spec.revision and not Path(model).exists() else model


VLM_MODULES = ("torch", "torchvision", "transformers")
TINY_KIND = JudgeKind(
    "the small judge that comes with the package, for trials",
    "vlm",
    VLM_MODULES,
    tiny_from_spec,
    place=lambda spec: str(TINY_WEIGHTS),
    refuses=refusal,
)
OPENAI_KIND = JudgeKind(
    "openai:MODEL, a model on a server with the OpenAI API", "openai", ("httpx2",), openai_from_spec
)
TRANSFORMERS_KIND = JudgeKind(
    "a video-language model in a folder or on the hub; the name may be left out",
    "vlm",
    VLM_MODULES,
    transformers_from_spec,
    place=_place,
)
