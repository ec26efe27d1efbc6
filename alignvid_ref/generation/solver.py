"""The solvers that the authors ran, on diffusers' UniPC."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler

from alignvid_ref.generation.settings import GenerationSettings


class FinishingUniPC(UniPCMultistepScheduler):  # type: ignore[misc, unused-ignore]
    """UniPC whose last step, to sigma 0, is the model's own estimate of the clean video.

    That is what every form of UniPC comes to there; diffusers computes it as infinity times zero
    under `bh1` and gets NaN. It is also how FramePack's solver ends.
    """

    def multistep_uni_p_bh_update(
        self, model_output: torch.Tensor, *args: Any, **kwargs: Any
    ) -> torch.Tensor:
        """See `UniPCMultistepScheduler.multistep_uni_p_bh_update`."""
        if self.sigmas[self.step_index + 1] == 0:
            latest: Any = self.model_outputs[-1]
            estimate: torch.Tensor = latest.to(kwargs["sample"].dtype)
            return estimate
        updated: torch.Tensor = super().multistep_uni_p_bh_update(model_output, *args, **kwargs)
        return updated


def set_solver(pipe: Any, settings: GenerationSettings) -> None:
    """Give a pipeline the solver of the settings; `own` leaves the one it has."""
    if settings.solver is None or settings.solver == "own":
        return
    options: dict[str, Any] = {"use_dynamic_shifting": True}
    if settings.flow_shift is not None:
        options = {"flow_shift": settings.flow_shift}
    if settings.solver == "unipc-bh1":
        # As FramePack's: third order up to the last step.
        options |= {"solver_type": "bh1", "solver_order": 3, "lower_order_final": False}
    pipe.scheduler = FinishingUniPC(
        num_train_timesteps=1000,
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        **options,
    )
