"""Engines: where the work on videos is done. See README.md. Importing this imports no torch."""

from evaluators.engines.base import Engine, JudgeCard, JudgeFacts
from evaluators.engines.local import LocalEngine
from evaluators.engines.tasks import Stage, StageTimer

__all__ = ["Engine", "JudgeCard", "JudgeFacts", "LocalEngine", "Stage", "StageTimer"]
