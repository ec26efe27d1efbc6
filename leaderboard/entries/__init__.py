"""The entries of a leaderboard: folders of plain files that anyone can compute again.

A board is a folder, or anything that fsspec opens:

- `entries/<edition>/<name>/`: one entry; later versions of a name stand beside it as `<name>-v2`;
  - `entry.json`: badge, day, notes, and how the videos were judged again;
  - `run.json`: the submission, its edition, judge and metrics, as `omiti2v score` wrote it;
  - `responses.jsonl.gz`, `measurements.jsonl.gz`, `videos.jsonl.gz`: the logs, each row with its
    video's digest;
  - `scores.json`, `marks.json`: computed from the logs by the board's one rule;
  - `rejudged.jsonl.gz`: the answers that the badge `videos` rests on;
- `editions/<fingerprint>.jsonl.gz`: the samples, once for all entries about them;
- `calibrations/<judge fingerprint>.json`: a judge's measured errors, as `omiti2v calibrate` writes.

A reported entry is an `entry.json` alone; an exact one has no run and no logs.
"""

from leaderboard.entries.add import NewEntry, add_run, prepare_entry, remove_entry, write_files
from leaderboard.entries.board import Board, BoardKey, load_board
from leaderboard.entries.downloads import table_as_csv, table_as_json
from leaderboard.entries.entry import BrokenEntry, Entry, read_entry_run
from leaderboard.entries.entry_files import as_zip
from leaderboard.entries.entry_info import BADGES
from leaderboard.entries.finding import Finding
from leaderboard.entries.storage import PACKAGED, Storage, open_storage
from leaderboard.entries.table import Figure, Row, Table, make_row, make_table
from leaderboard.entries.upload import Upload, read_uploaded_run
from leaderboard.entries.verify import verify_entries

__all__ = [
    "BADGES",
    "PACKAGED",
    "Board",
    "BoardKey",
    "BrokenEntry",
    "Entry",
    "Figure",
    "Finding",
    "NewEntry",
    "Row",
    "Storage",
    "Table",
    "Upload",
    "add_run",
    "as_zip",
    "load_board",
    "make_row",
    "make_table",
    "open_storage",
    "prepare_entry",
    "read_entry_run",
    "read_uploaded_run",
    "remove_entry",
    "table_as_csv",
    "table_as_json",
    "verify_entries",
    "write_files",
]
