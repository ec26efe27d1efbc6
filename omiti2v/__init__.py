"""omiti2v: does an image-to-video model do what the prompt asks of its first image?"""

from __future__ import annotations

TYPE_CHECKING = False  # without importing typing: see __main__
if TYPE_CHECKING:
    from pathlib import Path

    from omiti2v.editions import Edition

__all__ = ["load_edition"]


def load_edition(edition: str | Path = "open") -> Edition:
    """Load an edition: the one that comes with the package, or one from a folder.

    Args:
        edition: "open" for OmitI2V-Open, which every installation carries; else a folder with
            `*.jsonl` samples and images, or one that `omiti2v data export` wrote. A folder that is
            called "open" is written "./open".

    Returns:
        The edition, with its images as files (those of "open" in the user's cache folder).

    Raises:
        UserError: The edition is missing, broken, or not compiled from its annotations.
    """
    # Imported here so that `import omiti2v` stays instant.
    from omiti2v.dataset.load import load_edition as load

    return load(edition)
