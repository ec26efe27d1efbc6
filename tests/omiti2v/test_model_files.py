"""Which files make a model, and what is not accepted as one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from omiti2v.errors import UserError
from omiti2v.model_files import matching, model_files, only_files, weights_digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a model, as far as finding and hashing them goes."""
    path = tmp_path / "model"
    path.mkdir()
    (path / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "tokenizer.json").write_text("{}")
    (path / "README.md").write_text("About.")
    return path


def digest_of(folder: Path) -> str:
    return weights_digest(model_files(folder))


def test_the_digest_is_that_of_the_lines_sha256sum_prints(folder: Path) -> None:
    names = ["config.json", "model.safetensors", "tokenizer.json"]
    lines = (f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in names)
    assert digest_of(folder) == hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"]
)
def test_a_change_in_a_file_that_answers_depend_on_changes_the_digest(
    folder: Path, name: str
) -> None:
    before = digest_of(folder)
    (folder / name).write_bytes(b'{"model_type": "changed"}')
    assert digest_of(folder) != before


def test_a_name_counts_as_well_as_the_content(folder: Path) -> None:
    before = digest_of(folder)
    (folder / "tokenizer.json").rename(folder / "vocab.json")
    assert digest_of(folder) != before


def test_files_that_answers_do_not_depend_on_do_not_count(folder: Path) -> None:
    before = digest_of(folder)
    (folder / "README.md").write_text("Changed.")
    (folder / "generation_config.json").write_text("{}")
    assert digest_of(folder) == before


def test_a_model_is_loaded_from_its_hashed_files_and_nothing_else(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with only_files(model_files(folder)) as exact:
        names = sorted(path.name for path in exact.iterdir())
        assert names == ["config.json", "model.safetensors", "tokenizer.json"]
        assert (exact / "model.safetensors").read_bytes() == b"weights"
    assert not exact.exists()
    assert (folder / "model.safetensors").exists()


def test_a_model_s_folder_may_be_named_from_where_the_command_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    with only_files(model_files(Path("model"))) as exact:
        assert (exact / "model.safetensors").read_bytes() == b"weights"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_pickled_weights_are_refused(folder: Path, name: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(UserError, match=f"expected weights as .*safetensors, got only {name}"):
        model_files(folder)


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"expected weights as \*\.safetensors, got none"):
        model_files(folder)


def test_an_adapter_is_refused_and_not_passed_over(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    (folder / "config.json").unlink()  # as an adapter alone has none
    with pytest.raises(UserError, match="holds an adapter"):
        model_files(folder)


@pytest.mark.parametrize("shard", ["gone.safetensors", "../model.safetensors", "/etc/passwd"])
def test_an_index_may_only_name_weights_in_the_folder(folder: Path, shard: str) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": shard}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(UserError, match=r"names the weights .*, which are not in the folder"):
        model_files(folder)


def test_a_config_may_only_name_weights_in_the_folder(folder: Path) -> None:
    config = {"model_type": "qwen2_5_vl", "transformers_weights": "deep/other.safetensors"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"config\.json: names the weights 'deep/other"):
        model_files(folder)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, r"config\.json: expected a model's folder with config\.json, can't be read"),
        ("{", r"config\.json: expected JSON"),
        ("[" * 100_000, r"config\.json: expected JSON"),
        ("[]", r"config\.json: expected a JSON object, got \[\]"),
    ],
)
def test_a_folder_that_is_not_a_model_is_one_line(
    folder: Path, content: str | None, complaint: str
) -> None:
    if content is None:
        (folder / "config.json").unlink()
    else:
        (folder / "config.json").write_text(content)
    with pytest.raises(UserError, match=complaint):
        model_files(folder)


def test_names_match_by_pattern_and_keep_their_order() -> None:
    assert matching(["b.bin", "a.txt", "a.bin"], ["*.bin", "b.*"]) == ["b.bin", "a.bin"]


def test_a_config_of_any_size_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omiti2v.model_files.MAX_CONFIG_BYTES", 10)
    with pytest.raises(UserError, match=r"config\.json: .* bytes, expected at most 10"):
        model_files(folder)
