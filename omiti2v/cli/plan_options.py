"""`--plan` and `--look`: the samples that a look of a plan needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from omiti2v.editions import Edition
    from omiti2v.plan.record import DecisionPlan
    from omiti2v.runs import PlanStamp

PlanOption = Annotated[Path | None, typer.Option("--plan", help="A file that `omiti2v plan` made.")]
LookOption = Annotated[
    int | None, typer.Option(min=1, help="Look of the plan: its samples and those before it.")
]


@dataclass(frozen=True)
class ChosenLook:
    """A look that a command is to serve.

    Attributes:
        plan: The plan.
        stamp: What a run folder keeps of it.
        in_order: Ids of the samples of this look and those before it, as the plan has them.
    """

    plan: DecisionPlan
    stamp: PlanStamp
    in_order: tuple[str, ...]

    @property
    def sample_ids(self) -> tuple[str, ...]:
        """The ids, sorted."""
        return tuple(sorted(self.in_order))


def planned_look(
    path: Path | None, look: int | None, edition: Edition, *, limit: int | None
) -> ChosenLook | None:
    """The look that the options name; None where they name none.

    Raises:
        BadParameter: Options that don't go together.
        UserError: The file is no plan of this edition, or has no such look.
    """
    if path is None and look is None:
        return None
    from omiti2v.plan.record import read_plan
    from omiti2v.runs import PlanStamp

    if path is None or look is None:
        raise typer.BadParameter("--plan and --look go together")
    if limit is not None:
        raise typer.BadParameter("--limit does not go with --plan, which says which samples")
    plan = read_plan(path)
    plan.require_edition(edition)
    return ChosenLook(plan, PlanStamp(digest=plan.digest, look=look), plan.samples_at(look))
