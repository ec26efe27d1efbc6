"""A judge that looks at other frames is another judge."""

from __future__ import annotations

from evaluators.calibration.reframed import ReframedJudge

from evaluators.judges import Judge


def test_it_is_another_judge_that_differs_in_its_frames_alone(always_yes: Judge) -> None:
    reframed = ReframedJudge(always_yes)
    assert str(reframed.frame_rule) == f"{always_yes.frame_rule},phase=0.5"
    assert reframed.fingerprint != always_yes.fingerprint
    assert reframed.identity == {**always_yes.identity, "frame_rule": str(reframed.frame_rule)}
