"""What a run says of its judge at the start: what is not as one would expect."""

from __future__ import annotations

from collections.abc import Mapping


def notes_on(identity: Mapping[str, object]) -> list[str]:
    """A line for each.

    Args:
        identity: The judge's, as in `run.json`.
    """
    notes = []
    if identity.get("family") == "generic":
        slower = ", and the video is read for each question" * (identity["protocol"] == "fast")
        notes.append(f"the judge's class has no family of its own: its processor rules{slower}")
    if identity.get("thinking") == "off":
        notes.append("the judge's thinking is switched off")
    if identity.get("thinking") == "first":
        notes.append(
            f"the judge thinks first: thought and answer must fit into "
            f"{identity['max_new_tokens']} tokens (--max-new-tokens)"
        )
    if identity.get("class") == "OpenAIJudge":
        notes += _server_notes(identity)
    return notes


def _server_notes(identity: Mapping[str, object]) -> list[str]:
    notes = []
    adapted = identity.get("adapted")
    if isinstance(adapted, list):
        notes.append(f"requests were adapted to the server: {', '.join(map(str, adapted))}")
    if identity.get("protocol") == "fast" and identity.get("top_logprobs") == 0:
        notes.append("no P(yes): the server gives no logprobs, or none were asked for")
    return notes
