"""Work on foreign bytes in processes of their own, which can be killed.

A child answers one request at a time: JSON and open files go to it, JSON comes back, so that a
child that was taken over has little to say. What a request may use is bounded by the system:
processor time and memory. A request that used up either, or ended its process again and again, is
costly; a child that somebody else killed, stopped or starved is replaced, and its request is asked
again.
"""

from evaluators.child_process.pool import (
    ChildPool,
    CostlyRequestError,
    child_pool,
    interrupt_calls,
)

__all__ = ["ChildPool", "CostlyRequestError", "child_pool", "interrupt_calls"]
