"""How much of a server one upload may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    """Bounds on a zipped run folder; one beyond any of them is refused.

    A finished run on OmitI2V-Open, its report and pictures included, is about 10 MB zipped and
    750 files.

    Attributes:
        max_zip_bytes: Size of the zip.
        max_directory_bytes: Size of its list of files, which is read as a whole.
        max_files: Number of files and folders in it.
        max_depth: Parts of a path.
        max_file_bytes: Size of one file, unpacked.
        max_total_bytes: Size of all files, unpacked, as the zip states it.
        max_ratio: Unpacked size by packed size, for files above `ratio_from` bytes.
        ratio_from: See there.
        max_resamples: Of the run's bootstrap, which is computed again.
    """

    max_zip_bytes: int = 64 << 20
    max_directory_bytes: int = 1 << 20
    max_files: int = 5_000
    max_depth: int = 3
    max_file_bytes: int = 32 << 20
    max_total_bytes: int = 128 << 20
    max_ratio: int = 200
    ratio_from: int = 1 << 20
    max_resamples: int = 20_000


DEFAULT_UPLOAD_LIMITS = UploadLimits()
