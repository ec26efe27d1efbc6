from collections.abc import Callable

from run_rows import as_takes

from leaderboard.report.render import render_page
from leaderboard.report.report_page import build_page
from omiti2v.definitions import FACET_TITLE
from omiti2v.runs import Run
from omiti2v.samples import Sample

from .conftest import NEGLIGENT, SUCCESS

MakeRun = Callable[..., Run]


def test_every_sample_has_a_card_with_its_outcome(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    assert [card.outcome for card in page.cards] == [
        "success",
        "negligent",
        "partial",
        "broken",
        "success",
        "partial",
        "negligent",
        "unscored",
        "success",
        "negligent",
        "broken",
        "unscored",
    ]


def test_the_filter_counts_the_samples_of_each_outcome(make_run: MakeRun) -> None:
    assert build_page([make_run()]).filters == (
        ("success", 3),
        ("partial", 2),
        ("negligent", 3),
        ("broken", 2),
        ("unscored", 2),
    )


def test_an_answer_is_right_or_wrong_with_the_probability_of_yes(make_run: MakeRun) -> None:
    broken = build_page([make_run()]).cards[3]
    answers = [row.answers[0] for row in broken.questions]
    assert [(answer.mark, answer.answer, answer.p_yes) for answer in answers] == [
        ("right", "yes", 0.93),
        ("right", "no", 0.08),
        ("wrong", "no", 0.08),
    ]
    assert (broken.results[0].right, broken.results[0].asked) == (2, 3)


def test_unknown_and_error_keep_their_reason(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    unknown = page.cards[5].questions[0].answers[0]
    error = page.cards[7].questions[0].answers[0]
    assert (unknown.mark, unknown.p_yes) == ("unknown", None)
    assert unknown.reason == "0.21 of the probability is on yes and no together, expected 0.5"
    assert (error.mark, error.reason) == ("error", "the video holds no frame")


def test_a_video_has_its_strip_and_facts(make_run: MakeRun) -> None:
    first = build_page([make_run()]).cards[0]
    assert first.reference is not None
    assert [part.width for part in first.results[0].strip] == [488, 487]
    assert first.results[0].facts == "81 frames · 16 fps · 832 × 480 · h264"
    assert first.results[0].note is None


def test_a_sample_without_a_video_says_so(make_run: MakeRun) -> None:
    result = build_page([make_run()]).cards[11].results[0]
    assert (result.strip, result.note) == ((), "No video; it counts 0.")


def test_a_dropped_sample_says_that_it_is_left_out_and_has_no_outcome(make_run: MakeRun) -> None:
    result = build_page([make_run()], missing="drop").cards[11].results[0]
    assert (result.outcome, result.note) == (None, "No video; left out of the scores.")


def test_a_video_that_was_refused_says_why(make_run: MakeRun) -> None:
    result = build_page([make_run()]).cards[7].results[0]
    assert result.note == "kite-07.mp4: the video holds no frame"


def test_without_a_judge_there_are_no_outcomes_and_no_answers(make_run: MakeRun) -> None:
    page = build_page([make_run(judge=None)])
    assert page.filters == ()
    assert page.cards[0].outcome is None and page.cards[0].results[0].right is None
    assert page.cards[0].questions[0].answers == ()


def test_two_runs_stand_side_by_side_on_one_card(make_run: MakeRun) -> None:
    first = make_run(answers=[("yes", "no", "yes"), None])
    second = make_run(folder="second", answers=[("no", "yes", "yes"), ("yes", "no", "no")])
    page = build_page([first, second])
    assert [[result.outcome for result in card.results] for card in page.cards] == [
        ["success", "negligent"],
        ["unscored", "broken"],
    ]
    assert [answer.mark for answer in page.cards[1].questions[2].answers] == ["absent", "wrong"]


def test_a_sample_that_only_one_of_the_runs_covers_is_marked(make_run: MakeRun) -> None:
    whole = make_run(answers=[("yes", "no", "yes"), ("yes", "no", "yes")])
    part = make_run(folder="part", answers=[("yes", "no", "yes"), None], sample_ids=("kite-00",))
    result = build_page([whole, part]).cards[1].results[1]
    assert result.note == "Not one of the samples of this run."
    assert len(build_page([part]).cards) == 1


def test_the_takes_of_a_sample_stand_side_by_side(make_run: MakeRun) -> None:
    run = make_run(answers=(SUCCESS, NEGLIGENT))
    other = make_run(folder="other", answers=(SUCCESS, SUCCESS))
    first, second = run.samples[0].id, run.samples[1].id
    page = build_page([as_takes({0: run, 1: other, 2: other}, only={first: {1}}), run])
    one, two = sorted(page.cards, key=lambda card: card.sample.id)
    assert [[row.take for row in rows] for rows in one.by_run] == [[1], [None]]
    assert [[row.take for row in rows] for rows in two.by_run] == [[0, 1, 2], [None]]
    assert [row.outcome for row in two.by_run[0]] == ["negligent", "success", "success"]
    # Two takes of three are more than half.
    assert (two.outcome, two.is_flipped, one.is_flipped) == ("success", True, False)
    assert [len(row.answers) for row in two.questions] == [4, 4, 4]
    assert [answer.mark for answer in two.questions[0].answers] == [
        *("wrong", "right", "right", "wrong"),
    ]
    html = render_page(page)
    assert html.count('<div class="takes">') == 1
    number = '<span class="number"><span class="unseen">Run </span>1</span>'
    assert html.count(f'<div class="answer">{number} <span class="seed">seed 2</span>') == 3
    assert f"sample {second}, seed" not in html  # no pictures were made for takes
    assert "Success in some take" in html
    assert "takes: 1 to 3 a sample, 4 videos" in html


def test_a_question_has_the_kind_of_its_facet_and_the_sample_lists_them(
    make_run: MakeRun, make_faceted: Callable[..., Sample]
) -> None:
    samples = [make_faceted(index) for index in range(2)]
    page = build_page([make_run(samples=samples, answers=(SUCCESS, NEGLIGENT))])
    assert [row.kind for row in page.cards[0].questions] == ["identity", "identity", "stays"]
    html = render_page(page)
    listed = "identity “A red kite”; stays “&lt;b&gt;sky&lt;/b&gt;”"
    assert html.count(f"Facets (what the prompt asks for): {listed}") == 2
    assert html.count(">identity</span>") == 4
    # The one table that needs explaining is unfolded, and explained.
    assert f"<details open>\n<summary>{FACET_TITLE}</summary>" in html
    assert "<dd>Which thing comes, goes or changes, and into what.</dd>" in html
    assert ">Still floor</th>" in html


def test_a_sample_without_facets_speaks_of_none(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    assert {row.kind for card in page.cards for row in card.questions} == {None}
    assert "acet" not in render_page(page).split("</style>")[1]
