"""Files of weights: found, checked, and never run."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from evaluators.metrics.checkpoints import (
    Checkpoint,
    fetch_checkpoint,
    load_into,
    load_tensors,
)
from omiti2v.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "head.pth"
    torch.save({"weight": torch.ones(1, 3), "bias": torch.zeros(1)}, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(spec: str, **options: Path) -> str:
    with pytest.raises(UserError) as error:
        fetch_checkpoint(spec, what="some_metric", **options)
    message = str(error.value)
    assert message.startswith("some_metric: ")
    assert "\n" not in message
    return message


def test_a_file_comes_with_its_digest(file: Path) -> None:
    assert fetch_checkpoint(str(file), what="x") == Checkpoint(file, digest(file))


@pytest.mark.parametrize("length", [8, 64])
def test_a_right_checksum_is_accepted(file: Path, length: int) -> None:
    spec = f"{file}#sha256={digest(file)[:length]}"
    assert fetch_checkpoint(spec, what="x").path == file


def test_a_wrong_checksum_says_what_was_expected_and_what_came(file: Path) -> None:
    message = refused(f"{file}#sha256={'0' * 64}")
    assert "expected sha256 000" in message
    assert digest(file)[:12] in message


def test_a_checksum_that_is_none_is_refused(file: Path) -> None:
    assert "8 to 64 hex digits" in refused(f"{file}#sha256=abc")


def test_a_missing_file_says_what_can_be_given() -> None:
    assert "no such file; give a file, https://" in refused("nowhere.pth")


def test_a_url_needs_its_checksum() -> None:
    assert "write https://example.org/a.pth#sha256=" in refused("https://example.org/a.pth")


def test_a_plain_http_url_is_not_fetched() -> None:
    assert "no such file" in refused("http://example.org/a.pth#sha256=00000000")


def test_a_hub_file_needs_its_revision() -> None:
    assert "write owner/name@<commit>:a.pth" in refused("owner/name:a.pth")


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    spec = "https://127.0.0.1:9/a.pth#sha256=00000000"
    assert "can't be downloaded" in refused(spec, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_download_is_kept_and_checked_again(file: Path, tmp_path: Path) -> None:
    cache, name = tmp_path / "cache", f"{digest(file)[:8]}-a.pth"
    cache.mkdir()
    (cache / name).write_bytes(file.read_bytes())
    spec = f"https://127.0.0.1:9/a.pth#sha256={digest(file)}"
    assert fetch_checkpoint(spec, what="x", cache=cache).path == cache / name
    (cache / name).write_bytes(b"damaged")
    assert "expected sha256" in refused(spec, cache=cache)


def test_safetensors_and_pytorch_files_give_the_same_tensors(file: Path, tmp_path: Path) -> None:
    state = load_tensors(file, what="x")
    save_file(state, tmp_path / "head.safetensors")
    again = load_tensors(tmp_path / "head.safetensors", what="x")
    assert state.keys() == again.keys()
    assert all(torch.equal(state[name], again[name]) for name in state)


class Payload:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"weight": Payload()}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Payload(), protocol=2))
    for name in ("evil.pth", "plain.pth"):
        with pytest.raises(UserError, match="not readable as weights"):
            load_tensors(tmp_path / name, what="x")
    assert not (tmp_path / "ran").exists()


def test_weights_of_another_shape_are_refused(file: Path) -> None:
    with pytest.raises(UserError, match=r"head\.pth: not the weights of Linear") as error:
        load_into(torch.nn.Linear(4, 1), file, what="x")
    assert "\n" not in str(error.value)
