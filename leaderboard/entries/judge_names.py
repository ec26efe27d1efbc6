"""What a judge is called on a board: what its identity says, not what an entry calls it.

A table is one judge's, known by its fingerprint. The name beside the fingerprint is no part of it
and comes from whoever hands an entry in. Where the identity gives a name, that is it; else the
first entry's, if the class of the model bears it out; else the name is shown as claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leaderboard.entries.entry import Entry
from leaderboard.entries.name_rules import skeleton
from omiti2v.records import json_digest
from omiti2v.runs import JudgeStamp

PACKAGED_JUDGES: Mapping[str, str] = {
    "a472183babf9474eccd935eec9d974a6c719a7d3116a316dc4dd6e0a708b016e": "tiny",
}
"""Judges that come with the package, by the digest of their weights."""

CLAIMED = "(as claimed)"


def identity_name(judge: JudgeStamp) -> str | None:
    """The name that a judge's identity gives; None where it gives none."""
    weights = judge.identity.get("weights_sha256")
    if isinstance(weights, str) and weights in PACKAGED_JUDGES:
        return PACKAGED_JUDGES[weights]
    if judge.identity.get("class") == "OpenAIJudge":
        model = judge.identity.get("model")
        return model.rsplit("/", 1)[-1] if isinstance(model, str) else None
    name = judge.identity.get("name")
    return name if isinstance(name, str) else None


def borrowed_name(judge: JudgeStamp) -> str | None:
    """The packaged judge that one is called like without having its weights; None for none."""
    weights = judge.identity.get("weights_sha256")
    for digest, name in PACKAGED_JUDGES.items():
        if skeleton(judge.name) == skeleton(name) and weights != digest:
            return name
    return None


def shown_name(judge: JudgeStamp) -> str:
    """A judge's name as far as its own stamp bears it out."""
    if json_digest(judge.identity) != judge.fingerprint or borrowed_name(judge):
        return f"{judge.name} {CLAIMED}"
    told = identity_name(judge)
    if told is not None:
        return told
    model_class = judge.identity.get("model_class")
    family = skeleton(model_class.partition("For")[0]) if isinstance(model_class, str) else ""
    fits = bool(family) and family in skeleton(judge.name)
    return judge.name if fits else f"{judge.name} {CLAIMED}"


def with_shown_names(entries: Iterable[Entry]) -> list[Entry]:
    """Entries with one name for each judge's fingerprint: that of the first of them.

    Those that have it already, as a board's, stay as they are.
    """
    names: dict[str, str] = {}
    rows = list(entries)
    for entry in sorted(rows, key=lambda row: row.seniority):
        if judge := entry.judge:
            claimed = entry.claimed_judge or judge.name
            name = shown_name(judge.model_copy(update={"name": claimed}))
            # A name that is borne out goes before one that is claimed.
            if name.endswith(CLAIMED):
                names.setdefault(judge.fingerprint, name)
            elif names.get(judge.fingerprint, CLAIMED).endswith(CLAIMED):
                names[judge.fingerprint] = name
    return [_renamed(entry, names) for entry in rows]


def _renamed(entry: Entry, names: Mapping[str, str]) -> Entry:
    judge = entry.judge
    if entry.run is None or judge is None or names[judge.fingerprint] == judge.name:
        return entry
    shown = judge.model_copy(update={"name": names[judge.fingerprint]})
    return replace(
        entry,
        run=entry.run.model_copy(update={"judge": shown}),
        claimed_judge=entry.claimed_judge or judge.name,
    )
