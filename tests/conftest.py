"""What tests of several packages share: small editions, and judges whose answers are known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest
from fake_hub import TOKEN, Hub, serve_hub
from released import shared

from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judge, Judgement, fingerprint_of
from omiti2v import edition_versions
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.records import write_records
from omiti2v.samples import CATEGORIES, Question, Sample

TWO_FRAMES = FrameRule(count=2)

# Begun first, so that no process waits for them at the end.
LONGEST = ("test_the_demo_tells_the_submissions_apart", "test_twenty_kills")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.name.startswith(LONGEST))


@dataclass(frozen=True)
class RuleJudge:
    """A judge that answers by `rule`, a function of the question's text."""

    name: str
    rule: Callable[[str], Judgement]
    frame_rule: FrameRule = TWO_FRAMES

    @property
    def identity(self) -> Mapping[str, object]:
        return {"class": "RuleJudge", "name": self.name, "frame_rule": str(self.frame_rule)}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        return [self.rule(question) for question in questions]


@pytest.fixture(scope="session")
def always_yes() -> Judge:
    return RuleJudge("always-yes", lambda _: Judgement("yes", p_yes=1.0, mass=1.0))


@pytest.fixture(scope="session")
def always_no() -> Judge:
    return RuleJudge("always-no", lambda _: Judgement("no", p_yes=0.0, mass=1.0))


@pytest.fixture(scope="session")
def knowing_judge() -> Callable[[Mapping[str, str]], Judge]:
    """Builds the judge that knows: from question texts to the answers it gives."""

    def build(answers: Mapping[str, str]) -> Judge:
        def rule(question: str) -> Judgement:
            yes = answers[question] == "yes"
            return Judgement("yes" if yes else "no", p_yes=float(yes), mass=1.0)

        return RuleJudge("knowing", rule)

    return build


@pytest.fixture(scope="session")
def broken_judge() -> Judge:
    """Raises on every call, as a judge that is itself broken does."""

    def rule(question: str) -> Judgement:
        raise RuntimeError("the judge is broken")

    return RuleJudge("broken", rule)


def four_questions(sample_id: str) -> tuple[Question, ...]:
    """An edit question for yes, one for no, a preserve question for yes and one for no."""
    rows = [("yes", "no"), ("no", "yes"), ("yes", "yes"), ("no", "no")]
    return tuple(
        Question(
            id=f"q{number}",
            question=f"Question {number} about {sample_id}?",
            dimension="count" if number == 2 else "object_presence",
            expected_answer=expected,
            reference_answer=reference,
        )
        for number, (expected, reference) in enumerate(rows, start=1)
    )


@pytest.fixture(scope="session")
def make_samples() -> Callable[..., tuple[Sample, ...]]:
    """Builds samples of all three categories with four questions each."""

    def build(count: int = 3) -> tuple[Sample, ...]:
        return tuple(
            Sample(
                id=f"s{number:03}",
                image=f"images/s{number:03}.png",
                prompt=f"Change number {number} happens",
                category=CATEGORIES[number % 3],
                domain="Objects" if number % 2 else "Structures",
                questions=four_questions(f"s{number:03}"),
            )
            for number in range(count)
        )

    return build


def picture(number: int, *, width: int = 64, height: int = 48) -> np.ndarray:
    """A picture of its own for each number: smooth coloured blotches, RGB."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.asarray(PIL.Image.fromarray(coarse).resize((width, height), PIL.Image.BICUBIC))


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., np.ndarray]:
    return picture


@pytest.fixture
def as_old_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the edition of a fingerprint stand for OmitI2V-Open 0.9 in the table of versions."""

    def enter(fingerprint: str) -> None:
        version = replace(edition_versions.VERSIONS[0], fingerprint=fingerprint)
        monkeypatch.setitem(edition_versions._BY_FINGERPRINT, fingerprint, version)

    return enter


@pytest.fixture(scope="session")
def make_edition(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> Callable[..., Edition]:
    """Writes an edition with its images into a folder and loads it."""

    def build(folder: Path, *, count: int = 3, samples: Sequence[Sample] | None = None) -> Edition:
        rows = tuple(samples or make_samples(count))
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for number, sample in enumerate(rows):
            PIL.Image.fromarray(picture(number)).save(folder / sample.image)
        write_records(folder / "samples.jsonl", rows)
        return load_edition_folder(folder)

    return build


@pytest.fixture(scope="session")
def released_checkpoint() -> Iterator[Callable[[str], Path]]:
    """Writes a checkpoint of a release, by its name: real small files, tiny random layers.

    Made once a session, and not to be changed.
    """
    with TemporaryDirectory(prefix="omiti2v-released-") as folder:

        @cache
        def checkpoint(name: str) -> Path:
            from lab.random_checkpoint import random_checkpoint

            files = shared(f"released/{name}")
            # The rows of the output layer are scaled, so that the next token is not uniform.
            return random_checkpoint(files, Path(folder) / name, spread=8.0, shard="20MB")

        yield checkpoint


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub on loopback that `huggingface_hub` speaks to, with a token that may write."""
    before = set(threading.enumerate())
    # Files in Xet need a second server, of a protocol that is not the hub's; LFS is what it offers
    # beside.
    for module in ("utils._http", "file_download"):
        # The client waits seconds before it tries again.
        monkeypatch.setattr(f"huggingface_hub.{module}.time", SimpleNamespace(sleep=lambda _: None))
    with serve_hub() as hub:
        constants = {
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
            "HF_HUB_DISABLE_XET": True,
        }
        for name, value in constants.items():
            monkeypatch.setattr(f"huggingface_hub.constants.{name}", value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:  # an upload beside one that failed, which goes on trying
            thread.join(timeout=10)
