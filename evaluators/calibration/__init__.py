"""How often a judge is wrong, measured on clips of which every answer is known."""

from evaluators.calibration.contrast_clips import ContrastPlan
from evaluators.calibration.numbers import summarise
from evaluators.calibration.plan import CalibrationPlan
from evaluators.calibration.run import calibrate
from evaluators.calibration.trials import Trial

__all__ = ["CalibrationPlan", "ContrastPlan", "Trial", "calibrate", "summarise"]
