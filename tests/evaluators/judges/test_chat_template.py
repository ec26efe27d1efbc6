"""Chat templates: the text is that of transformers, and a hostile one is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from released import RELEASED_JUDGES, shared
from tiny_models.others import KINDS
from transformers import AutoProcessor, Qwen2_5_VLProcessor, processing_utils

from evaluators.judges import chat_template
from evaluators.judges.chat_template import apply_chat_template
from evaluators.judges.prompt import DEFAULT_PROMPT, rendered
from omiti2v.errors import UserError

CHAT = [{"role": "user", "content": [{"type": "video"}, {"type": "text", "text": DEFAULT_PROMPT}]}]
LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


def assert_same(processor: Any) -> None:
    for options in ({}, {"enable_thinking": False}):
        stock = processor.apply_chat_template(
            CHAT, tokenize=False, add_generation_prompt=True, **options
        )
        assert stock == apply_chat_template(processor, CHAT, add_generation_prompt=True, **options)


@pytest.mark.parametrize("name", RELEASED_JUDGES)
def test_the_text_of_a_release_is_that_of_transformers_to_the_character(name: str) -> None:
    assert_same(AutoProcessor.from_pretrained(shared(f"released/{name}")))


@pytest.mark.parametrize("model", KINDS)
def test_the_text_of_any_processor_is_that_of_transformers(model: str) -> None:
    _, processor = KINDS[model]()
    assert_same(processor)


def with_template(folder: Path, template: str) -> Any:
    return Qwen2_5_VLProcessor.from_pretrained(folder, chat_template=template)


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("{{ 'a' * 3000000000 }}", "takes more than 1073741824 bytes of memory"),
        ("{{ 'a'.ljust(10 ** 10) }}", "takes more than 1073741824 bytes of memory"),
        ("{{ '%3000000000d' | format(1) }}", "takes more than 1073741824 bytes of memory"),
        ("{% set all = namespace(text='a') %}{% for i in range(40) %}"
         "{% set all.text = all.text + all.text %}{% endfor %}", "takes more than"),
        ("{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}", "RecursionError"),
        ("{{" + "(" * 100_000 + "1" + ")" * 100_000 + "}}", "RecursionError"),
        ("{{ 'a' * 2000000 }}", "more than 1048576 characters"),
        ("{{ messages.__class__.__init__.__globals__ }}", "SecurityError"),
        (LOOP, "takes more than 1 seconds"),
    ],
)  # fmt: skip
def test_a_hostile_template_is_one_line(
    random_qwen: Path, monkeypatch: pytest.MonkeyPatch, template: str, complaint: str
) -> None:
    monkeypatch.setattr(chat_template, "CPU_SECONDS", 1.0)
    stock = processing_utils.render_jinja_template
    with pytest.raises(UserError, match=f"^chat template: can't be rendered: .*{complaint}"):
        rendered(with_template(random_qwen, template), DEFAULT_PROMPT)
    assert processing_utils.render_jinja_template is stock
