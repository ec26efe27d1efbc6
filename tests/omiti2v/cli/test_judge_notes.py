"""What a run says of its judge at the start."""

from __future__ import annotations

from omiti2v.cli.judge_notes import notes_on


def test_nothing_is_said_of_a_judge_that_is_as_expected() -> None:
    assert notes_on({}) == []
    assert notes_on({"class": "OpenAIJudge", "protocol": "fast", "top_logprobs": 5}) == []
    assert notes_on({"class": "OpenAIJudge", "protocol": "paper", "top_logprobs": 0}) == []


def test_what_a_server_does_not_take_is_said() -> None:
    server = {"class": "OpenAIJudge", "protocol": "fast", "top_logprobs": 0}
    adapted, no_p_yes = notes_on(server | {"adapted": ["no temperature", "top_logprobs 5"]})
    assert adapted == "requests were adapted to the server: no temperature, top_logprobs 5"
    assert no_p_yes.startswith("no P(yes): the server gives no logprobs")
