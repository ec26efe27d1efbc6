"""What is known of each video of a run, and what is left to do: how a run is resumed.

For the checks, the judge's answers and the metrics' numbers alike, what the run folder's log holds
is done, what the cache knows is logged, and the rest is pending. The work itself is done by an
engine (`evaluators.engines`).
"""

from evaluators.run_state.measurements import metric_version
from evaluators.run_state.state import RunState

__all__ = ["RunState", "metric_version"]
