"""The loop that all trainings share."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from lab.training import Checkpoints, Schedule, Step, describe_losses, train

SCHEDULE = Schedule(steps=7, highest=0.1, last=0.01, warmup=2)


class KilledError(Exception):
    """Stands for the end of the process."""


def run(folder: Path | None, *, die_at: int | None = None) -> torch.Tensor:
    """Train a line to a step's own target; the weights at the end."""
    torch.manual_seed(3)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters())

    def take(step: int) -> Step:
        if step == die_at:
            raise KilledError
        inputs = torch.randn(4, 2, generator=torch.Generator().manual_seed(step))
        loss = (model(inputs) - 1).square().mean()
        return Step(loss, lambda: describe_losses(square=loss, other=None))

    checkpoints = Checkpoints(path=folder / "checkpoint.pt", every=2) if folder else None
    train(model, optimizer, take, schedule=SCHEDULE, log_every=3, checkpoints=checkpoints)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("die_at", [1, 2, 5])
def test_a_training_that_is_killed_and_resumed_ends_where_it_would_have(
    tmp_path: Path, die_at: int
) -> None:
    with pytest.raises(KilledError):
        run(tmp_path, die_at=die_at)
    assert (tmp_path / "checkpoint.pt").exists() == (die_at >= 2)
    assert torch.equal(run(tmp_path), run(None))


def test_the_rate_rises_along_a_line_and_falls_along_half_a_cosine() -> None:
    rates = [SCHEDULE.rate(step) for step in range(8)]
    assert rates[:3] == [0.05, 0.1, 0.1]
    assert rates[7] == pytest.approx(0.01)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert (rates[4] + Schedule(steps=7, highest=0.1, last=0.01, warmup=2).rate(5)) / 2 == (
        pytest.approx(0.055)
    )
    assert Schedule(steps=4, highest=1).rate(2) == pytest.approx(0.5)


def test_checkpoints_come_at_their_steps_and_at_the_end(tmp_path: Path) -> None:
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters())
    seen: list[int] = []
    train(
        model,
        optimizer,
        lambda _: Step(model(torch.ones(1)).sum(), str),
        schedule=Schedule(steps=5, highest=0.1),
        log_every=10,
        checkpoints=Checkpoints(path=tmp_path / "a.pt", every=2, after=seen.append),
    )
    assert seen == [2, 4, 5]
    assert torch.load(tmp_path / "a.pt", weights_only=True)["step"] == 5


def test_losses_are_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run(None)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(" square ")[0] for line in lines] == ["step 3", "step 6"]
    assert lines[0].endswith("s a step")
    assert "other" not in lines[0]


def test_a_step_is_bounded_to_a_gradient_of_norm_1() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters())
    once = Schedule(steps=1, highest=0.5)
    train(
        model,
        optimizer,
        lambda _: Step(-1000 * model(torch.ones(1)).sum(), str),
        schedule=once,
        log_every=9,
    )
    assert model.weight.item() == pytest.approx(0.5)
