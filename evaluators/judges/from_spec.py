"""This package's judges, made from their specification; each imports what it needs only then."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from evaluators.judges.frame_choice import frame_rule_for
from evaluators.judges.option_checks import check_parsing
from omiti2v.errors import UserError, one_line
from omiti2v.hub import split_spec
from omiti2v.judge_spec import LOCAL_FIELDS, SERVER_FIELDS, JudgeSpec
from omiti2v.prompt_file import check_template

if TYPE_CHECKING:
    from evaluators.judges.openai.judge import OpenAIJudge
    from evaluators.judges.transformers_judge import TransformersJudge


def tiny_from_spec(spec: JudgeSpec) -> TransformersJudge:
    """The judge called "tiny".

    Raises:
        UserError: As for `tiny_judge`, or something follows the name.
    """
    from evaluators.tiny.judge import tiny_judge

    if spec.target:
        raise UserError(f"{spec.model}: expected tiny alone; another model is given by its folder")
    return tiny_judge(**{"name": spec.model} | _arguments(spec))


def transformers_from_spec(spec: JudgeSpec) -> TransformersJudge:
    """The judge of a model's folder or hub id, with or without "transformers:" before it.

    Raises:
        UserError: As for `TransformersJudge`, or an option is of another kind of judge.
    """
    from evaluators.judges.transformers_judge import TransformersJudge

    model, revision = split_spec(spec.model.removeprefix("transformers:"))
    return TransformersJudge(model, **{"revision": revision} | _arguments(spec))


def openai_from_spec(spec: JudgeSpec) -> OpenAIJudge:
    """The judge of "openai:MODEL"; `options` may hold more arguments of `OpenAIJudge`.

    Raises:
        UserError: As for `OpenAIJudge`, or an option is of another kind of judge.
    """
    from evaluators.judges.openai.judge import OpenAIJudge

    check_server_spec(spec)
    if spec.base_url is None:
        raise UserError(f"{spec.model}: expected --base-url, the server's address")
    names = {"frame_form": "frames", "max_new_tokens": "max_tokens"}
    rule = frame_rule_for(spec)
    given: dict[str, Any] = {
        names.get(name, name): value
        for name, value in spec.given.items()
        if name not in ("fps", "frames", "options")
    }
    if rule:
        given["frame_rule"] = rule
    try:
        bound = signature(OpenAIJudge).bind(spec.target, **given, **spec.options)
    except TypeError as error:
        raise UserError(f"{spec.model}: options: {one_line(error)}") from None
    return OpenAIJudge(*bound.args, **bound.kwargs)


def check_server_spec(spec: JudgeSpec) -> None:
    """Refuse what a server's judge can't be, whatever the server.

    Raises:
        UserError: An option is of another kind of judge or not valid, or no model is named.
    """
    from evaluators.judges.openai.request_form import check_own_fields

    spec.refuse(LOCAL_FIELDS, "is for models on this machine, not for a server's")
    if spec.protocol == "paper":
        spec.refuse(("threshold", "top_logprobs"), "goes with --protocol fast")
    if not spec.target:
        raise UserError(f"{spec.model}: expected openai:MODEL, the model's name on the server")
    check_parsing(spec.parsing, spec.protocol)
    check_own_fields(spec.server_option or {})
    if spec.prompt is not None:
        check_template(spec.prompt)


def _arguments(spec: JudgeSpec) -> dict[str, Any]:
    """What is given in a spec, as keyword arguments of `TransformersJudge`."""
    spec.refuse(SERVER_FIELDS, "goes with --judge openai:MODEL")
    spec.refuse(("options",), "is for judges of other packages")
    if spec.protocol == "fast":
        spec.refuse(("max_new_tokens",), "goes with --protocol paper")
    else:
        spec.refuse(("threshold", "max_questions", "batch_clips"), "goes with --protocol fast")
    rule = frame_rule_for(spec)
    given = {k: v for k, v in spec.given.items() if k not in ("fps", "frames")}
    return given | ({"frame_rule": rule} if rule else {})
