"""What a run says of its judge: what is not as one would expect."""

from __future__ import annotations

from collections.abc import Mapping

from omiti2v.judge_spec import JudgeSpec

_WORDINGS = {
    "ours": "this project's words; for the authors', give their qwen.py as --prompt",
    "the authors'": "the authors' words",
    "another": "other words than the authors'",
}


def notes_on(identity: Mapping[str, object], asked: JudgeSpec | None = None) -> list[str]:
    """A line for each.

    Args:
        identity: The judge's, as in `run.json`.
        asked: What the user asked for.
    """
    notes = []
    if wording := _WORDINGS.get(str(identity.get("prompt_wording"))):
        sent = identity.get("class") == "OpenAIJudge" and identity["prompt_wording"] != "ours"
        notes.append(f"prompt: {wording}" + ", after a line with the frames' times" * sent)
    if identity.get("family") == "generic":
        slower = ", and the video is read for each question" * (identity.get("protocol") == "fast")
        notes.append(f"the judge's class has no family of its own: its processor rules{slower}")
    if identity.get("thinking") == "off":
        notes.append("the judge's thinking is switched off")
    if identity.get("thinking") == "first":
        notes.append(
            f"the judge thinks first: thought and answer must fit into "
            f"{identity['max_new_tokens']} tokens (--max-new-tokens)"
        )
    if identity.get("class") != "OpenAIJudge":
        return notes
    adapted = ""
    if isinstance(changes := identity.get("adapted"), list):
        adapted = ", ".join(map(str, changes))
        notes.append(f"requests were adapted to the server: {adapted}")
    if identity.get("protocol") != "fast" or identity.get("top_logprobs") != 0:
        return notes
    if asked and asked.top_logprobs == 0:
        notes.append("no P(yes): --top-logprobs 0 asks for no logprobs")
    elif "no P(yes)" not in adapted:
        notes.append("no P(yes): the server gives no logprobs")
    return notes
