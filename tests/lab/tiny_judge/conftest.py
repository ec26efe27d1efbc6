"""An untrained tiny judge's model and a few clips."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from lab.tiny_judge.examples import Example, make_example
from lab.tiny_judge.learner import JudgeLearner
from lab.tiny_judge.model import save
from lab.tiny_judge.tokens import build_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return build_tokenizer()


@pytest.fixture(scope="session")
def learner(tokenizer: PreTrainedTokenizerFast) -> JudgeLearner:
    torch.manual_seed(0)
    return JudgeLearner(tokenizer).eval()


@pytest.fixture(scope="session")
def folder(
    learner: JudgeLearner,
    tokenizer: PreTrainedTokenizerFast,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("tiny")
    save(path, learner.model, tokenizer)
    return path


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return [make_example(index, seed=77) for index in range(6)]
