"""Issues that change between the pages of somebody who reads them."""

from dataclasses import dataclass, replace

from itsm.states import RecordKind
from simulator.faults import Fault, FaultName, drawn
from simulator.jira.fields import BY_NAME
from simulator.jira.making import side_of
from simulator.jira.site import Change, Entry, Issue, Site

_F = FaultName
ROBOT = "Automation for Jira"


@dataclass(slots=True)
class Churn:
    """Changes incidents of a site as other people and rules would."""

    site: Site

    def after(self) -> None:
        """What happens after a page was read."""
        with self.site.lock:
            for name, act in (
                (_F.ROWS_TOUCHED, self._touch),
                (_F.ROWS_INSERTED, self._insert),
                (_F.ROWS_DELETED, self._delete),
            ):
                hit = self.site.chances.hit(name, "search")
                if hit is not None:
                    act(*hit)

    def tie(self, n: int) -> None:
        """Give the incidents that were changed last one and the same time of change."""
        with self.site.lock:
            found = sorted(
                (one for one in self.site.issues.values() if one.kind is RecordKind.INCIDENT),
                key=lambda one: one.place,
            )[-n:]
            for issue in found:
                issue.updated = found[0].updated
            self.site.index_all()

    def _touch(self, fault: Fault, ordinal: int) -> None:
        """Half get another team, which the changelog tells; the others are merely saved again."""
        for place, issue in enumerate(self._picked(fault, ordinal)):
            issue.updated, issue.version = self.site.now_ms(), issue.version + 1
            team = self._team(ordinal)
            old = issue.words.get("Team")
            if place % 2 == 0 and team != old:
                sides = (side_of("Team", old) if old else None, side_of("Team", team))
                change = Change(BY_NAME["Team"].id, "Team", *sides)
                key = self.site.serial("history")
                issue.history.append(Entry(key, issue.updated, ROBOT, (change,)))
                issue.words["Team"] = team
            self.site.changed(issue.id)

    def _insert(self, fault: Fault, ordinal: int) -> None:
        """New issues in the words of old ones."""
        for original in self._picked(fault, ordinal):
            now, n = self.site.now_ms(), self.site.serial(original.project)
            words = {**original.words, "Status": "Open"}
            made = replace(
                original, id=self.site.serial("issue"), n=n, number=f"INC{n:07d}", created=now,
                updated=now, words=words, times={}, version=1, parent=None, links=[], history=[],
                remarks=[], clocks={}, approvals=[], rating=None,
            )  # fmt: skip
            made.words.pop("Resolution", None)
            self.site.add(made)

    def _delete(self, fault: Fault, ordinal: int) -> None:
        for issue in self._picked(fault, ordinal):
            self.site.remove(issue)

    def _picked(self, fault: Fault, ordinal: int) -> list[Issue]:
        """Incidents by chance."""
        incidents = [one for one in self.site.issues.values() if one.kind is RecordKind.INCIDENT]
        found: dict[int, Issue] = {}
        for place in range(int(fault.rows)):
            chance = drawn(self.site.chances.faults.seed, "rows", fault.name, ordinal, place)
            one = incidents[int(chance * len(incidents))]
            found[one.id] = one
        return list(found.values())

    def _team(self, ordinal: int) -> str:
        teams = sorted(label for kind, label in self.site.object_ids if kind == "Team")
        return teams[int(drawn(self.site.chances.faults.seed, "team", ordinal) * len(teams))]
