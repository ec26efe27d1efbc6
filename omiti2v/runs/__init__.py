"""Run folders: what scoring a submission leaves behind.

- `run.json`: what was scored, with what, and the versions of everything;
- `samples.jsonl`: the edition's samples with the digests of their images, so that the folder alone
  is enough to compute every score again;
- `responses.jsonl`, `measurements.jsonl`, `videos.jsonl`: the logs, appended while the run goes on;
- `check.json`: what was found in the submission's files;
- `scores.json`, `report.html`: computed from the rest;
- `looks.jsonl`: looks taken of the run by a plan, see `omiti2v.plan`;
- `strips/`: small pictures for the report.
"""

from omiti2v.runs.info import EditionStamp, JudgeStamp, MetricStamp, PlanStamp, RunInfo
from omiti2v.runs.paths import RunPaths
from omiti2v.runs.read import Run, checked_run, copy_without_bad_rows, read_run, read_run_info
from omiti2v.runs.write import Log, RunWriter

__all__ = [
    "EditionStamp",
    "JudgeStamp",
    "Log",
    "MetricStamp",
    "PlanStamp",
    "Run",
    "RunInfo",
    "RunPaths",
    "RunWriter",
    "checked_run",
    "copy_without_bad_rows",
    "read_run",
    "read_run_info",
]
