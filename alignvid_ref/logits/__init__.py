"""The variants of AlignVid that look at the attention logits: energy-based and conflict-aware.

The authors describe both and released neither. They can't live on the norm modules, where the
scalar form lives, because there the other side of the product is not known; they are attention
processors (`attach`) on top of pure functions (`measures`, `gammas`).
"""

from __future__ import annotations

from alignvid_ref.logits.attach import attach

__all__ = ["attach"]
