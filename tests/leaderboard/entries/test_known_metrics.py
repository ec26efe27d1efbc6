"""The table of our metrics says what the metrics say of themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import evaluators.metrics
from evaluators.metrics import MODEL_FREE_METRICS, MetricDefinition, load_metrics
from evaluators.metrics.catalog import known_metrics
from lab.tiny_clip import WEIGHTS
from leaderboard.entries.known_metrics import KNOWN

OTHERS_OWN = {"iqa"}
"""Of which each metric has bounds of its own."""


def test_every_number_that_we_register_is_known() -> None:
    names = set()
    for name, found in known_metrics().items():
        assert isinstance(found, MetricDefinition)
        names |= set(found.columns or (name,))
    assert KNOWN.keys() >= names - OTHERS_OWN


def test_what_can_be_loaded_here_says_the_same() -> None:
    clip = [name for name in known_metrics() if name.startswith("clip_")]
    metrics = load_metrics(["smoothness", *clip], weights={"clip": str(WEIGHTS)}, device="cpu")
    for metric in (*MODEL_FREE_METRICS, *metrics):
        for one in metric.quantities:
            assert KNOWN[one.name] == (one.unit, one.higher_is_better, one.bounds)


def test_what_needs_large_models_says_the_same_where_it_is_written() -> None:
    for module, names in {
        "aesthetic": ["aesthetic_quality"],
        "consistency": ["subject_consistency", "background_consistency"],
        "dynamic_degree": ["dynamic_degree"],
        "imaging": ["imaging_quality"],
    }.items():
        path = Path(next(iter(evaluators.metrics.__path__))) / f"{module}.py"
        found = [
            tuple(
                ast.literal_eval(word.value)
                for field in ("unit", "higher_is_better", "bounds")
                for word in call.keywords
                if word.arg == field and not isinstance(word.value, ast.UnaryOp)
            )
            for call in ast.walk(ast.parse(path.read_text()))
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Quantity"
        ]
        assert all(KNOWN[name] in found for name in names), module
