"""`run.json` holds nothing impossible."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_rows import DIGEST, change, info_of

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import JudgeStamp, RunWriter, read_run


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"sample_ids": null', '"sample_ids": ["s000", "s000"]', "named more than once"),
        ('"seed": 0', '"seed": -1', "seed: input should be greater"),
        ('"resamples": 500', '"resamples": 0', "resamples: input should be greater"),
        ('"samples": 3', '"samples": 367', "edition.samples: 367, but samples.jsonl has 3"),
    ],
)
def test_an_impossible_run_json_is_refused(
    edition: Edition, tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    RunWriter(tmp_path / "run", info_of(edition), edition).close()
    change(tmp_path / "run" / "run.json", old, new)
    with pytest.raises(UserError, match=complaint):
        read_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("identity", "manner"),
    [
        ({"protocol": "fast"}, "fast"),
        ({"protocol": "paper", "prompt_wording": "ours"}, "paper, our words"),
        ({"protocol": "paper", "prompt_wording": "the authors'"}, "paper, the authors' words"),
        ({"protocol": "paper", "prompt_wording": ["ours"]}, "paper"),  # as before there were any
        ({"protocol": ["fast"]}, ""),
        ({}, ""),
    ],
)
def test_how_a_judge_was_asked_is_told_in_words_of_ours(
    identity: dict[str, object], manner: str
) -> None:
    assert JudgeStamp(name="a", fingerprint=DIGEST, identity=identity).manner == manner
