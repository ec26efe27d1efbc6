"""YAML that people write, read as plain values with limits: no tags, no aliases, no dates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file

MAX_YAML_BYTES = 1 << 16


def read_plain_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file, of values that JSON can hold.

    Raises:
        UserError: It can't be read, is too large, or holds something else.
    """
    try:
        text = read_file(path, limit=MAX_YAML_BYTES)
    except UserError as error:
        raise UserError(f"{path}: can't be read: {error}") from None
    try:
        value = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (a subclass of SafeLoader)
    except Exception as error:  # the parser's own, and whatever its constructors raise
        line = " ".join(str(error).split())[:200]
        raise UserError(f"{path}: not valid YAML: {line}") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected fields as `name: ...`, got {type(value).__name__}")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UserError(
            f"{path}: a value is not text, a number, a list or a map: {error}"
        ) from None
    return value


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases (a few lines of them expand to gigabytes), tags and dates."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if getattr(self.peek_event(), "tag", None) is not None:  # type: ignore[no-untyped-call]
            raise yaml.YAMLError("tags (!name) are not accepted")
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not accepted")
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
