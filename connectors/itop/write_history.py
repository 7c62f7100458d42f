"""What iTop's logs of changes tell of a record since it was read."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.core.mapping.html_text import plain_of
from connectors.core.writing import Edit
from connectors.itop.api import Fields, ItopApi
from connectors.itop.write_words import FIELDS, REFERENCES, STATES
from itsm.errors import ForbiddenError
from itsm.pushed import Remote
from itsm.pushing import STATE

_SCALARS = "CMDBChangeOpSetAttributeScalar"
_TEXTS = "CMDBChangeOpSetAttributeHTML"


@dataclass(frozen=True, slots=True)
class LogHistory:
    """Reads the logs of scalars and of texts.

    Of a text only what it held before is kept: what it held after is what the next change found,
    or what it holds now.
    """

    api: ItopApi

    def last(self, cls: str, key: str) -> str:
        """The newest entry about a record; "" where the logs may not be read."""
        found = 0
        for log in (_SCALARS, _TEXTS):
            oql = f"SELECT {log} WHERE objkey = {key} AND objclass = '{cls}'"
            try:
                rows = self.api.again(log, oql, ("date",)).rows
            except ForbiddenError:
                return ""
            found = max([found, *(int(row["id"]) for row in rows)])
        return str(found)

    def since(self, before: Remote, cls: str, now: dict[str, str]) -> Sequence[Edit] | None:
        """The changes behind what was read, oldest first; None if nobody may know."""
        last = before.version.rpartition("|")[2]
        if not last.isdecimal():
            return None
        found: list[Fields] = []
        for log, more in ((_SCALARS, ("oldvalue", "newvalue")), (_TEXTS, ("prevdata",))):
            where = f"objkey = {before.key} AND objclass = '{cls}' AND id > {last}"
            names = ("date", "attcode", "userinfo", *more)
            found += self.api.again(log, f"SELECT {log} WHERE {where}", names).rows
        found.sort(key=lambda row: int(row["id"]), reverse=True)
        made = [self._edit(before, row, now) for row in found]
        return made[::-1]

    def _edit(self, before: Remote, row: Fields, after: dict[str, str]) -> Edit:
        """One change; `after` is what each text held after it, from the newest on."""
        attribute, by = str(row.get("attcode")), str(row.get("userinfo") or "")
        columns = {one: name for name, one in FIELDS[before.kind].items()}
        columns |= {own: columns[one] for one, (own, _) in REFERENCES.items() if one in columns}
        name = {"status": STATE}.get(attribute, columns.get(attribute, attribute))
        if "prevdata" in row:
            old, new = plain_of(str(row.get("prevdata") or "")), after.get(name, "")
            after[name] = old
        else:
            old = self._shown(attribute, str(row.get("oldvalue") or ""))
            new = self._shown(attribute, str(row.get("newvalue") or ""))
        push = self.api.config.push
        ours = push.user or self.api.config.user or ""
        at = self.api.times.read(str(row.get("date") or ""))
        is_ours = bool(ours) and by == ours
        return Edit(field=name, before=old, after=new, by=by, is_ours=is_ours, at=at)

    def _shown(self, attribute: str, value: str) -> str:
        """A value of the log as `read` shows it."""
        if attribute == "status":
            return STATES.get(value, value)
        for own, oql in REFERENCES.values():
            if own == attribute and value not in {"", "0"}:
                return self.api.names_of(oql.split()[1], [value]).get(value, value)
        return "" if value == "0" and attribute.endswith("_id") else value
