"""A prompt as text, from a text file, and from Python source that is never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiti2v.errors import UserError
from omiti2v.judge_spec import JudgeSpec
from omiti2v.prompt_file import MAX_BYTES, is_authors_template, prompt_text

TEMPLATE = "Q: {question}\n\nLook at it. Say 'yes' or 'no'."

# The form of an evaluator's source: other strings with a question in them, a chat in a function.
EVALUATOR = '''
import os
raise SystemExit("this file was run")

def evaluate(q, video, fps=8.0):
    """Evaluate a question about {question}s."""
    question_text = q.get("question", "")
    print(f"Evaluating question {q}: {question_text}")
    print(f"Now: {question_text}")
    return [
        {"type": "video", "video": video, "fps": fps},
        {
            "type": "text",
            "text": (
                f"Q: {question_text}\\n\\n"
                "Look at it. "
                "Say 'yes' or 'no'."
            )
        }
    ]
'''


def read(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return prompt_text(str(path))


def refused(tmp_path: Path, name: str, content: str | bytes) -> str:
    with pytest.raises(UserError) as caught:
        read(tmp_path, name, content)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / name}: ")
    assert "\n" not in message
    return message.removeprefix(f"{tmp_path / name}: ")


def test_a_text_with_a_place_is_itself_though_a_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("{question}").write_text(TEMPLATE)
    assert prompt_text("{question}") == "{question}"


@pytest.mark.parametrize("text", ["", "missing.py", "a\0b", "x" * 9000, "some/folder"])
def test_what_is_no_template_and_names_no_file_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match=r"prompt: .*(no such file, and no \{question\}|too long)"):
        prompt_text(text)
    with pytest.raises(UserError, match=r"prompt: expected \{question\} in it once"):
        prompt_text(text[:20] + "{question}{question}")


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_text_file_is_the_template_but_for_its_last_line_breaks(end: str, tmp_path: Path) -> None:
    assert read(tmp_path, "prompt.txt", TEMPLATE + end) == TEMPLATE
    assert read(tmp_path, "prompt.txt", b"\xef\xbb\xbf" + f"{TEMPLATE}{end}".encode()) == TEMPLATE


def test_the_template_in_a_source_is_read_and_the_source_not_run(tmp_path: Path) -> None:
    assert read(tmp_path, "qwen.py", EVALUATOR) == TEMPLATE
    assert read(tmp_path, "QWEN.PY", EVALUATOR) == TEMPLATE


@pytest.mark.parametrize(
    "source",
    [
        'P = """Q: {question}\n\nLook at it. Say \'yes\' or \'no\'."""',
        "P = 'Q: {question}\\n\\n' 'Look at it. ' \"Say 'yes' or 'no'.\"\nP.format(question=1)",
        "ask('Q: ' + the_question + '\\n\\nLook at it. ' + \"Say 'yes' or 'no'.\")",
        "ask('Q: ' + item['question'] + f\"\\n\\nLook at it. Say 'yes' or 'no'.\")",
        "ask(f\"Q: {item['question']}\\n\\n\" + f\"Look at it. Say 'yes' or 'no'.\")",
        "ask(f\"Q: {question}\\n\\n\" + f\"Look at it. Say 'yes' or 'no'.\")",
        EVALUATOR + EVALUATOR.replace("evaluate", "again"),
        "log(f'Q: {question}')\ndict(text=f\"Q: {question}\\n\\nLook at it. Say 'yes' or 'no'.\")",
    ],
)
def test_a_template_may_be_written_in_several_ways(source: str, tmp_path: Path) -> None:
    assert read(tmp_path, "source.py", source) == TEMPLATE


def test_doubled_braces_are_single_ones_of_the_text(tmp_path: Path) -> None:
    for source in ("P = f'{{a}} {question}'", "P = '{{a}} {question}'.format(question=1)"):
        assert read(tmp_path, "source.py", source) == "{a} {question}"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 1", "expected one string with a place for the question, found none"),
        ("ask(question)", "expected one string with a place for the question, found none"),
        ("ask(f'{question!r} and {question}')", "expected one string with a place"),
        ("A = '{question} a'\n\nB = f'{question} b'", "found 2, in lines 1, 3; put the template"),
        ("def f(:", "expected Python, can't be parsed"),
        ("a\0b", "expected Python, can't be parsed"),
        ("(" * 100_000, "expected Python, can't be parsed"),
        ("-" * 100_000 + "1", "expected Python, can't be parsed: 'MemoryError'"),
        ("+".join(["'a'"] * 20_000), "expected Python, can't be parsed"),
        ("a" + ".b" * 50_000, "expected Python, can't be parsed"),
    ],
)
def test_a_source_without_one_template_is_one_line(
    source: str, complaint: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, "source.py", source).startswith(complaint) or (
        complaint in refused(tmp_path, "source.py", source)
    )


def test_a_file_that_can_not_be_a_prompt_is_one_line(tmp_path: Path) -> None:
    assert (
        refused(tmp_path, "p.txt", "no place") == "expected {question} in it once, got 'no place'"
    )
    twice = "{question} {question}"
    assert refused(tmp_path, "p.txt", twice) == f"expected {{question}} in it once, got {twice!r}"
    assert refused(tmp_path, "p.txt", b"\xff{question}") == "expected a prompt in UTF-8"
    large = refused(tmp_path, "p.txt", b" " * (MAX_BYTES + 1))
    assert large == f"can't be read: has {MAX_BYTES + 1} bytes, expected at most {MAX_BYTES}"


def test_a_spec_holds_the_text_and_not_the_file_s_name(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text(TEMPLATE + "\n")
    assert JudgeSpec.of({"model": "tiny", "prompt": str(path)}).prompt == TEMPLATE
    config = tmp_path / "judge.yaml"
    config.write_text(f"model: tiny\nprompt: {path}\n")
    assert JudgeSpec.read(config).prompt == TEMPLATE


def test_our_words_are_not_the_authors() -> None:
    assert not is_authors_template(TEMPLATE)
