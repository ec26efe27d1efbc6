"""The small contrast set."""

from contrast_recipes import make_set, small_edition

__all__ = ["make_set", "small_edition"]
