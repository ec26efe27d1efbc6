"""Engines: where the work on videos is done. See README.md. Importing this imports no torch."""

from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.local import LocalEngine
from evaluators.engines.tasks import Stage, StageTimer

__all__ = ["Engine", "JudgeInfo", "LocalEngine", "Stage", "StageTimer"]
