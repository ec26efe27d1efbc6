"""Plans, and runs by them."""

from planned_runs import plan, planned_edition, planned_run

__all__ = ["plan", "planned_edition", "planned_run"]
