"""What two checkouts committed is compared, wherever in the repository it lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from board_workflow import git

from leaderboard.entries.checkouts import changes_beside_entries
from omiti2v.errors import UserError


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The board of a checkout."""
    board = tmp_path / "before" / "site" / "board"
    (board / "editions").mkdir(parents=True)
    (board / "editions" / "x.jsonl.gz").write_text("x")
    (board / ".gitignore").write_text("*.tmp\n")
    git(tmp_path / "before", "init", "--quiet", "-b", "main")
    git(tmp_path / "before", "add", "--all")
    git(tmp_path / "before", "commit", "--quiet", "-m", "A board")
    return board


@pytest.fixture
def after(before: Path, tmp_path: Path) -> Path:
    """The same board in a second working tree."""
    git(before, "worktree", "add", "--quiet", "--detach", tmp_path / "after")
    return tmp_path / "after" / "site" / "board"


def complaints(before: Path, after: Path) -> list[str]:
    return [f"{row.what}: {row.found}" for row in changes_beside_entries(before, after)]


def test_plain_files_of_the_board_are_left_to_the_check_of_entries(
    before: Path, after: Path
) -> None:
    (after / "editions" / "y.jsonl.gz").write_text("y")
    git(after, "add", "--all")
    git(after, "commit", "--quiet", "-m", "An edition")
    assert complaints(before, after) == []


def test_what_is_not_committed_is_not_proposed(before: Path, after: Path) -> None:
    (after / "editions" / "y.jsonl.gz").write_text("y")
    (after / "editions" / "z.tmp").write_text("z")  # is ignored, but would be read
    reason = "is not committed; a pull request has what is committed"
    assert complaints(before, after) == [
        f"site/board/editions/y.jsonl.gz: {reason}",
        f"site/board/editions/z.tmp: {reason}",
    ]


def test_a_link_above_the_board_does_not_lead_to_another_board(before: Path, after: Path) -> None:
    root = after.parents[1]
    git(root, "rm", "--quiet", "-r", "site")
    (root / "site").symlink_to(before.parent)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "A link")
    assert (after / "editions").is_dir()
    assert "site: is a link; entries are plain files" in complaints(before, after)


def test_an_environment_that_names_a_repository_does_not_mislead(
    before: Path, after: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (after.parent / "notes.txt").write_text("x")
    git(after.parent, "add", "--all")
    git(after.parent, "commit", "--quiet", "-m", "Notes")
    monkeypatch.setenv("GIT_DIR", str(before.parents[1] / ".git"))  # as in a hook
    (found,) = complaints(before, after)
    assert found.startswith("site/notes.txt: is added outside the board")


def test_folders_that_are_in_no_checkout_or_in_one_have_nothing_to_compare(
    before: Path, tmp_path: Path
) -> None:
    (tmp_path / "copy").mkdir()
    for other in (tmp_path / "copy", before.parent, "memory://board"):
        assert changes_beside_entries(before, other) == []
        assert changes_beside_entries(other, before) == []


def test_boards_in_different_places_are_no_two_states_of_one(before: Path, after: Path) -> None:
    with pytest.raises(UserError, match=r"at site of its repository, but .* at site/board"):
        changes_beside_entries(before, after.parent)


def test_a_checkout_that_git_can_not_read_is_one_line(before: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "site" / "board"
    other.mkdir(parents=True)
    git(tmp_path / "other", "init", "--quiet")
    with pytest.raises(UserError, match="git can't say what was committed: fatal: ") as caught:
        changes_beside_entries(before, other)
    assert "\n" not in str(caught.value)
