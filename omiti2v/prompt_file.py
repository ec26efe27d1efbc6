"""The text of `--prompt`: as it stands, from a file, or from the authors' source."""

from __future__ import annotations

import ast
import hashlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.records import brief

PLACE = "{question}"

AUTHORS_TEMPLATE_SHA256 = "72f9b5fad6f391136dc94011e0563a6c4c37144b1f6265b13027691d27d09eb6"
"""Of the template in `evaluation/vqa_based/qwen.py` of github.com/LAW1223/AlignVid at commit
9f3e48d, with `{question}` for its variable. The text is theirs and is not in this project."""

MAX_BYTES = 1 << 18


def is_authors_template(prompt: str) -> bool:
    """Whether a template is that of the authors of OmitI2V, to the character."""
    return hashlib.sha256(prompt.encode()).hexdigest() == AUTHORS_TEMPLATE_SHA256


def prompt_text(prompt: str) -> str:
    """The template that `prompt` gives: itself, or what is in the file of that name.

    A text with `{question}` is never taken for a file's name. A Python file (`.py`) is not run: the
    one string in it with the question's place is read, see `template_in_source`. Of any other file
    the template is the whole text but for line breaks at its end.

    Raises:
        UserError: It is no template and names no file, or the file can't be read or holds none.
    """
    if PLACE in prompt:
        check_template(prompt)
        return prompt
    path = Path(prompt)
    if not os.path.lexists(prompt):
        raise UserError(
            f"prompt: {brief(prompt)}: no such file, and no {PLACE} in it; give a text or a file "
            f"that has {PLACE} in it once"
        )
    try:
        content = read_file(path, limit=MAX_BYTES)
    except UserError as error:
        raise UserError(f"{path}: can't be read: {error}") from None
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise UserError(f"{path}: expected a prompt in UTF-8") from None
    is_source = path.suffix.lower() == ".py"
    text = template_in_source(text, path) if is_source else text.rstrip("\n")
    check_template(text, where=str(path))
    return text


def check_template(prompt: str, *, where: str = "prompt") -> None:
    """Refuse a text that has the question's place not exactly once.

    Raises:
        UserError: It hasn't; `where` begins the message.
    """
    if prompt.count(PLACE) != 1:
        raise UserError(f"{where}: expected {PLACE} in it once, got {brief(prompt)}")


def template_in_source(source: str, path: Path) -> str:
    """The prompt's template in a Python file, which is parsed and never run.

    It is the string with exactly one field, in whose name "question" is a word, as in
    "question_text": an f-string, a text for `format`, or such parts side by side or joined by `+`.
    Where there are several, those that a dictionary or a call holds under "text", as a chat's parts
    do, go before the others.

    Raises:
        UserError: It is no Python, or there is no such string, or more than one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in a file that is not ours
            tree = ast.parse(source)
        found = dict(_templates(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(
            f"{path}: expected Python, can't be parsed: {brief(str(error) or type(error).__name__)}"
        ) from None
    in_chat = set(_chat_texts(tree)) & set(found)
    lines: dict[str, int] = {}
    for node in in_chat or found:
        lines.setdefault(found[node], node.lineno)
    if len(lines) == 1:
        return next(iter(lines))
    where = ", ".join(map(str, sorted(lines.values())[:10]))
    what = f"{len(lines)}, in lines {where}" if lines else "none"
    raise UserError(
        f"{path}: expected one string with a place for the question, found {what}; put the "
        f"template into a text file, with {PLACE} in it"
    )


def _chat_texts(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "text":
                    yield value
        elif isinstance(node, ast.keyword) and node.arg == "text":
            yield node.value


def _templates(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Each whole string with the question's place, and its text with `{question}` there."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        parts = _parts(node) if isinstance(node, ast.expr) else None
        if not isinstance(node, ast.expr) or parts is None:
            waiting += ast.iter_child_nodes(node)
            continue
        fields = [part for part in parts if isinstance(part, _Field)]
        if len(fields) == 1 and len(parts) > 1 and "question" in fields[0].name.split("_"):
            yield node, "".join(PLACE if isinstance(p, _Field) else p for p in parts)


@dataclass(frozen=True)
class _Field:
    name: str


def _parts(node: ast.expr) -> list[str | _Field] | None:
    """What a string is put together of; None where it is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _format_parts(node.value)
    if name := _name_of(node):
        return [_Field(name)]
    if isinstance(node, ast.JoinedStr):
        return [_joined_part(value) for value in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _parts(node.left), _parts(node.right)
        return None if left is None or right is None else left + right
    return None


def _joined_part(value: ast.expr) -> str | _Field:
    if isinstance(value, ast.Constant):
        return str(value.value)
    plain = isinstance(value, ast.FormattedValue) and value.conversion == -1
    named = value.value if plain and not value.format_spec else None  # type: ignore[attr-defined]
    return _Field(_name_of(named))


def _name_of(node: ast.expr | None) -> str:
    """What a value is called: a variable, or the key of an entry as `item["question"]`."""
    if isinstance(node, ast.Name):
        return node.id
    key = node.slice if isinstance(node, ast.Subscript) else None
    return str(key.value) if isinstance(key, ast.Constant) else ""


def _format_parts(text: str) -> list[str | _Field]:
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return [text]
    parts: list[str | _Field] = []
    for before, name, _, _ in fields:
        parts += [before] if name is None else [before, _Field(name)]
    return parts
