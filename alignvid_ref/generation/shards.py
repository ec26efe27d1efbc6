"""Which samples this process makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from omiti2v.errors import UserError

T = TypeVar("T")

_SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Shard:
    """Every `count`-th item, from `index` on.

    Attributes:
        index: 0 to `count` - 1.
        count: At least 1.
    """

    index: int = 0
    count: int = 1

    def of(self, items: Sequence[T]) -> list[T]:
        """This shard of the items; the shards of one `count` are disjoint and cover them all."""
        return list(items[self.index :: self.count])

    def split(self, index: int, count: int) -> Shard:
        """Part `index` of `count` parts of this shard."""
        return Shard(self.index + index * self.count, self.count * count)

    def __str__(self) -> str:
        return f"{self.index + 1}/{self.count}"


WHOLE = Shard()


def parse_shard(text: str) -> Shard:
    """A shard written as `i/n`, i from 1 to n.

    Raises:
        UserError: It is not of that form.
    """
    match = _SHARD.fullmatch(text)
    if match is None or int(match[1]) > int(match[2]):
        raise UserError(f"--shard: expected i/n with i from 1 to n, as 2/4, got {text!r}")
    return Shard(int(match[1]) - 1, int(match[2]))


def process_shard(environment: Mapping[str, str]) -> Shard:
    """The shard of this process where `accelerate launch` started several.

    Args:
        environment: With RANK and WORLD_SIZE where it did.

    Raises:
        UserError: The two are not numbers that fit together.
    """
    rank, size = environment.get("RANK", "0"), environment.get("WORLD_SIZE", "1")
    if not (rank.isdecimal() and size.isdecimal() and int(rank) < int(size)):
        raise UserError(
            f"RANK and WORLD_SIZE: expected numbers, the first below the second, got {rank!r} and "
            f"{size!r}; unset both, or start with accelerate launch"
        )
    return Shard(int(rank), int(size))
