"""How often a judge is wrong, measured on the known-answer world."""

from evaluators.calibration.numbers import summarise
from evaluators.calibration.plan import CalibrationPlan
from evaluators.calibration.run import calibrate
from evaluators.calibration.trials import Trial

__all__ = ["CalibrationPlan", "Trial", "calibrate", "summarise"]
