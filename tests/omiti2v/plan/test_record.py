"""Plan files come from anybody: what is not a plan is refused, and so is one that was bent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plan.record import DecisionPlan, read_plan


def written(path: Path, plan: DecisionPlan, change: Callable[[dict[str, Any]], None]) -> Path:
    """A plan file with something changed, and a digest that fits again."""
    fields = plan.model_dump(mode="json")
    change(fields)
    seen = json.loads(json.dumps(fields))
    draft = DecisionPlan.model_construct(
        **{name: seen[name] for name in DecisionPlan.model_fields if name in seen}
    )
    fields["digest"] = draft.own_digest
    path.write_text(json.dumps(fields))
    return path


def test_a_plan_is_read_as_it_was_written(plan: DecisionPlan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(plan.model_dump_json(indent=2))
    assert read_plan(path) == plan


def change_level(fields: dict[str, Any]) -> None:
    fields["looks"][0]["level"] = 0.04


def change_alpha(fields: dict[str, Any]) -> None:
    fields["alpha"] = 0.1


def twice(fields: dict[str, Any]) -> None:
    fields["order"][1] = fields["order"][0]


def fall(fields: dict[str, Any]) -> None:
    fields["looks"].reverse()


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_level, "looks.0: its bounds are not those"),
        (change_alpha, "looks.0: its bounds are not those"),
        (twice, "order: names a sample twice"),
        (fall, "looks: expected rising numbers of samples"),
        (lambda fields: fields.update(takes=10**9), "takes: input should be less than"),
        (lambda fields: fields.update(effect=0), "effect: input should be greater than 0"),
        (lambda fields: fields.update(extra=1), "extra: unknown field"),
        (lambda fields: fields.update(order=["../x"]), "order.0: string should match"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(
    change: Callable[[dict[str, Any]], None], message: str, plan: DecisionPlan, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        read_plan(written(tmp_path / "plan.json", plan, change))


def test_a_plan_that_was_changed_is_refused(plan: DecisionPlan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(plan.model_dump_json().replace('"effect":0.4', '"effect":0.5'))
    with pytest.raises(UserError, match="it was changed"):
        read_plan(path)
    path.write_text("[" * 100_000)
    with pytest.raises(UserError, match=r"plan\.json"):
        read_plan(path)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_an_order_that_was_chosen_by_hand_is_refused(
    plan: DecisionPlan,
    planned_edition: Edition,
    make_edition: Callable[..., Edition],
    tmp_path: Path,
) -> None:
    chosen = read_plan(
        written(tmp_path / "plan.json", plan, lambda fields: fields["order"].reverse())
    )
    with pytest.raises(UserError, match="its order is not the one that its seed gives"):
        chosen.require_edition(planned_edition)
    with pytest.raises(UserError, match="give that edition"):
        plan.require_edition(make_edition(tmp_path / "other", count=6))


def test_a_look_that_is_not_planned_is_refused(plan: DecisionPlan) -> None:
    for look in (0, 3):
        with pytest.raises(UserError, match="expected 1 to 2"):
            plan.samples_at(look)
