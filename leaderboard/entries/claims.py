"""What entries say of themselves that no log tells: names, versions, contacts, judges, metrics.

Held against the rules for names and against the other entries of the board. Where two say different
things, the one that came later is told of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from leaderboard.entries import names
from leaderboard.entries.entry import Entry
from leaderboard.entries.finding import Finding, Level, wrong
from leaderboard.entries.judge_names import CLAIMED, borrowed_name
from leaderboard.entries.name_rules import normal_name, odd_name, same_spelling, skeleton

_NAMED = 5
_COMPARED = 8
"""How many judges of one name are looked at, the first that came."""


def same_contact(one: str | None, other: str | None) -> bool | None:
    """Whether two contacts are one; None where nobody left one."""
    if one is None and other is None:
        return None
    return one is not None and other is not None and _contact(one) == _contact(other)


def _claimed_judge(entry: Entry) -> str:
    """What an entry calls its judge, whatever the board does."""
    return entry.claimed_judge or (entry.judge.name if entry.judge else "")


def _contact(text: str) -> str:
    return normal_name(text).casefold()


class Claims:
    """What the entries of a board say, in the order in which they came.

    Args:
        entries: All of the board.
        taken: The folders of all entries, those included that can't be read.
        new: Ids of those that are handed in by their authors: they came last, whatever day they
            name, and what a person would have to look at is refused.
    """

    def __init__(
        self, entries: Iterable[Entry], *, taken: Collection[str], new: Collection[str] = ()
    ) -> None:
        self._taken, self._new = taken, new
        self._by_id: dict[str, Entry] = {}
        # By what they look like: the first of each spelling.
        self._names: dict[str, dict[str, Entry]] = {}
        self._judges: dict[str, dict[str, Entry]] = {}
        self._stamped: dict[str, Entry] = {}
        self._metrics: dict[tuple[str, str], dict[str, Entry]] = {}
        for entry in sorted(entries, key=lambda row: (row.id in new, *row.seniority)):
            self._by_id[entry.id] = entry
            name = entry.submission.name
            self._names.setdefault(skeleton(name), {}).setdefault(name, entry)
            if entry.run:
                for metric, stamp in entry.run.metrics.items():
                    told = self._metrics.setdefault((metric, stamp.version), {})
                    told.setdefault(stamp.model_dump_json(), entry)
            if judge := entry.judge:
                alike = self._judges.setdefault(skeleton(judge.name), {})
                alike.setdefault(judge.fingerprint, entry)
                self._stamped.setdefault(judge.fingerprint, entry)

    def findings(self, entry: Entry) -> Iterator[Finding]:
        """What is to be said of an entry."""
        yield from self._names_of(entry)
        yield from self._look_alike(entry)
        yield from self._version(entry)
        yield from self.judge_findings(entry)
        yield from self._metrics_of(entry)

    def _strict(self, entry: Entry) -> Level:
        """How grave is what a maintainer may have allowed."""
        return "wrong" if entry.id in self._new else "note"

    def _names_of(self, entry: Entry) -> Iterator[Finding]:
        for field in ("name", "method", "backbone"):
            text = getattr(entry.submission, field)
            if text is None:
                continue
            if problem := odd_name(text):
                yield wrong(entry.id, f"submission.{field}", problem)
            elif text != normal_name(text):
                found = f"write it {normal_name(text)}"
                yield Finding(entry.id, self._strict(entry), f"submission.{field}", "", found)

    def _look_alike(self, entry: Entry) -> Iterator[Finding]:
        name, contact = entry.submission.name, entry.submission.contact
        for other_name, other in self._names[skeleton(name)].items():
            if other_name == name:  # those before it are done with
                return
            if same_contact(contact, other.submission.contact):
                continue
            # Honest people write a name with other spaces and capitals, and mean the same.
            same = same_spelling(name) == same_spelling(other_name)
            level = self._strict(entry) if same else "wrong"
            yield Finding(
                entry.id, level, "submission.name", "", f"looks like the name of {other.id}"
            )
            return

    def _version(self, entry: Entry) -> Iterator[Finding]:
        version, name = entry.info.version, entry.submission.name
        if version == 1:
            return
        before = {
            number: f"{entry.folder}/{names.slug_of(name, version=number)}"
            for number in range(1, version)
        }
        gaps = [str(number) for number, place in before.items() if place not in self._taken]
        if gaps:
            listed = ", ".join(gaps[:_NAMED]) + (" and more" if len(gaps) > _NAMED else "")
            found = f"version {listed} is not there; a maintainer may have removed it"
            yield Finding(entry.id, self._strict(entry), "version", str(version), found)
        there = [self._by_id[place] for place in before.values() if place in self._by_id]
        if not there or skeleton(there[-1].submission.name) != skeleton(name):
            return  # another name with the same letters of ASCII
        last = there[-1]
        same = same_contact(entry.submission.contact, last.submission.contact)
        if not same:
            which = "no contact, as" if same is None else "not the contact of"
            found = f"{which} {last.id}; a maintainer adds it, who knows that it is theirs"
            yield Finding(entry.id, self._strict(entry), "submission.contact", "", found)

    def judge_findings(self, entry: Entry) -> Iterator[Finding]:
        """What is to be said of what an entry calls its judge."""
        judge = entry.judge
        if judge is None:
            return
        claimed = _claimed_judge(entry)
        first = self._stamped[judge.fingerprint]
        if problem := odd_name(claimed):
            yield wrong(entry.id, "judge.name", problem)
        if name := borrowed_name(judge.model_copy(update={"name": claimed})):
            found = f"not {name}, which comes with the package and has other weights"
            yield wrong(entry.id, "judge.name", found, stated=claimed)
        elif judge.name not in (claimed, f"{claimed} {CLAIMED}"):
            found = f"of this fingerprint and identity: {judge.name}"
            yield wrong(entry.id, "judge.name", found, stated=claimed)
        elif entry.id in self._new and claimed != _claimed_judge(first):
            # The name that the board shows is the first's, by the day that entries name.
            found = f"{first.id} calls this judge {_claimed_judge(first)}"
            yield wrong(entry.id, "judge.name", found, stated=claimed)
        for other in islice(self._judges[skeleton(judge.name)].values(), _COMPARED):
            if other.id == entry.id:
                return
            alike = other.judge
            if alike is None or alike.fingerprint == judge.fingerprint:
                return
            if alike.name != judge.name:
                found = f"looks like the judge of {other.id}, and is another"
                yield wrong(entry.id, "judge.name", found, stated=claimed)
                return
            weights = [row.identity.get("weights_sha256") for row in (alike, judge)]
            if weights[0] != weights[1]:
                found = f"of the same name as the judge of {other.id}, with other weights"
                yield Finding(entry.id, "note", "judge.name", claimed, found)
                return

    def _metrics_of(self, entry: Entry) -> Iterator[Finding]:
        if entry.run is None:
            return
        for name, stamp in entry.run.metrics.items():
            said = self._metrics[name, stamp.version]
            first = next(iter(said.values()))
            if said[stamp.model_dump_json()] is not first:
                found = f"of the same metrics {first.id} says otherwise"
                yield Finding(entry.id, "note", f"metrics.{name}", "", found)
