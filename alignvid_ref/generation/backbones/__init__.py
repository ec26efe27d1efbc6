"""Video models: where their weights are and how they are run. No torch.

A `Backbone` is registered under the entry point `omiti2v.backbones`; those in the modules here come
in the same way. See docs/extending/backbone.md.
"""

from __future__ import annotations

from alignvid_ref.generation.backbones.spec import Backbone, Source

__all__ = ["Backbone", "Source"]
