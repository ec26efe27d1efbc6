"""What a reader must know of the runs before reading a number."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from run_rows import measurement

from leaderboard.report import build_page
from omiti2v.errors import UserError
from omiti2v.runs import Run

MakeRun = Callable[..., Run]


def notices(*runs: Run) -> Sequence[str]:
    return [notice.replace("\u202f", " ") for notice in build_page(runs).notices]


def test_a_complete_run_needs_no_notice(make_run: MakeRun) -> None:
    assert notices(make_run(answers=[("yes", "no", "yes")] * 3)) == []


def test_a_run_with_too_few_videos_is_called_not_rankable(make_run: MakeRun) -> None:
    assert notices(make_run()) == [
        "This run: not rankable: 1 of 12 samples has no video (coverage 91.7 %, a board asks for "
        "99 %)."
    ]


def test_a_run_of_a_part_of_the_edition_says_so(make_run: MakeRun) -> None:
    run = make_run(answers=[("yes", "no", "yes"), None], sample_ids=("kite-00",))
    assert notices(run) == [
        "This run: limited to 1 of the edition's 2 samples; its scores are about these alone."
    ]


def test_runs_of_different_judges_carry_a_warning(make_run: MakeRun) -> None:
    rows = [("yes", "no", "yes")] * 3
    first = make_run(answers=rows, judge="one")
    second = make_run(answers=rows, judge="two", folder="second")
    third = make_run(answers=rows, judge="one", folder="third")
    assert notices(first, third) == []
    (notice,) = notices(first, second)
    assert notice.endswith("The numbers of different judges are not comparable.")


def test_runs_over_different_samples_carry_a_warning(make_run: MakeRun) -> None:
    whole = make_run(answers=[("yes", "no", "yes")] * 2)
    part = make_run(answers=[("yes", "no", "yes"), None], folder="part", sample_ids=("kite-00",))
    assert notices(whole, part)[0] == (
        "These runs do not cover the same samples, so their scores are not comparable."
    )


def test_runs_of_different_editions_are_refused_in_one_line(
    make_run: MakeRun, make_kite: Callable[..., object]
) -> None:
    first = make_run(answers=[("yes", "no", "yes")])
    second = make_run(
        folder="second",
        samples=[make_kite(0, prompt="A blue kite rises.")],
        answers=[("yes", "no", "yes")],
    )
    with pytest.raises(UserError, match="a report takes runs of one edition") as caught:
        build_page([first, second])
    assert "\n" not in str(caught.value)
    assert str(second.paths.folder) in str(caught.value)


def test_runs_of_an_old_version_say_so_once(
    make_run: MakeRun, as_old_version: Callable[[str], None]
) -> None:
    rows = [("yes", "no", "yes")]
    first, second = make_run(answers=rows), make_run(answers=rows, folder="second")
    as_old_version(first.edition.fingerprint)
    (notice,) = notices(first, second)
    assert notice.startswith("These runs are of OmitI2V-Open 0.9, not of ")
    page = build_page([first])
    assert page.edition_label == f"seaside 0.9 ({first.edition.fingerprint[:12]})"
    assert page.notices[0].startswith("This run is of OmitI2V-Open 0.9, ")


def test_what_is_to_be_known_of_a_metric_s_values_is_a_notice(make_run: MakeRun) -> None:
    run = make_run(answers=[("yes", "no", "yes")])
    row = measurement(run.samples[0].id, reason="a text was cut")
    assert notices(replace(run, measurements=(*run.measurements, row))) == [
        f"This run: speed: a text was cut: 1 sample ({run.samples[0].id})."
    ]
