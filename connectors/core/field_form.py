"""Fields of a record into cells: values as texts, and cells that no field holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.core.mapping.raw import Cells

Values = Mapping[str, Any]
"""The fields of a record, as a system gives them."""
KIND = "kind"
"""The cell that says what a record hangs on."""
_UNTOLD = frozenset({"from_category", "to_category"})
"""What changes of other systems tell besides."""
_UTC_ENDS = (".000+0000", "+0000", ".000Z", "Z")


class FieldForm:
    """The form of records with some columns.

    Args:
        columns: as rules name them.
        made: how cells are made that no field holds, by column: `of` another field, `join` of
            several, whether one time is `later` than another, the `tail` of an id as a number,
            by what a field `starts` with, or what a field holds, unless another says more.
        fixed: cells that are the same in each record.
        linked: what the names of columns begin with that are links.
    """

    def __init__(
        self,
        columns: Sequence[str],
        made: Mapping[str, Mapping[str, Any]],
        fixed: Mapping[str, str],
        linked: str = "",
    ) -> None:
        self._made = [(name, _maker(made[name])) for name in columns if name in made]
        self.links = tuple(name for name in columns if linked and name.startswith(linked))
        """The columns that are links."""
        synthetic = {*made, *self.links, *fixed, *_UNTOLD}
        self._plain = tuple(name for name in columns if name not in synthetic)
        needed = [field for name in columns if name in made for field in _needs(made[name])]
        self.asked = tuple(dict.fromkeys((*self._plain, *needed)))
        """The fields that have to be asked for."""
        self._fixed = {name: _cell(value) for name, value in fixed.items() if name in columns}

    def cells(self, values: Values, links: Mapping[str, str]) -> Cells:
        """The cells of a record; a column without anything has none."""
        found: Cells = dict(self._fixed)
        get = values.get
        for name in self._plain:
            value = get(name)
            if value is None or value == "":
                continue
            is_plain = type(value) is str and value[10:11] != "T"
            text = value if is_plain else text_of(value)
            if text:
                found[name] = {"display_value": text, "value": text}
        for name, make in self._made:
            text = make(values)
            if text:
                found[name] = _cell(text)
        for name in self.links:
            if name in links:
                found[name] = _cell(links[name])
        return found


def text_of(value: object) -> str:
    """A value as text; a time without its zone, which is UTC."""
    if type(value) is str:
        if len(value) > 19 and value[10:11] == "T" and value[19:] in _UTC_ENDS:
            return value[:19]
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else ""


def _cell(text: str) -> dict[str, str]:
    return {"display_value": text, "value": text}


def _needs(made: Mapping[str, Any]) -> list[str]:
    if "follows" in made:
        return [str(made["follows"]), str(made["of"])]
    given = made.get("of") or made.get("starts") or made.get("tail")
    return [str(given)] if given else list(made.get("join") or made.get("later") or ())


def _maker(made: Mapping[str, Any]) -> Callable[[Values], str]:
    names = _needs(made)
    if "join" in made:
        return lambda values: " ".join(filter(None, (text_of(values.get(one)) for one in names)))
    if "follows" in made:
        return _following(names, str(made["when"]), made["where"])
    if "tail" in made:
        return lambda values: _tail(text_of(values.get(names[0])))
    if "later" in made:

        def later(values: Values) -> str:
            one, other = (text_of(values.get(name)) for name in names)
            return str(one > other).lower() if one and other else ""

        return later
    if "starts" in made:
        begins: Mapping[str, str] = made["with"]
        otherwise = str(made.get("otherwise", ""))

        def starting(values: Values) -> str:
            text = text_of(values.get(names[0]))
            return next((one for word, one in begins.items() if text.startswith(word)), otherwise)

        return starting
    return lambda values: text_of(values.get(names[0]))


def _following(
    names: Sequence[str], when: str, where: Mapping[str, str]
) -> Callable[[Values], str]:
    """What the first field holds; where that is a word, what the second one says instead."""

    def following(values: Values) -> str:
        word = text_of(values.get(names[0]))
        return where.get(text_of(values.get(names[1])), word) if word == when else word

    return following


def _tail(key: str) -> str:
    """The last digits of an id, as a number that orders what happened at one moment."""
    end = key[-9:]
    digits = end if end.isdecimal() else "".join(filter(str.isdecimal, end))
    return str(int(digits)) if digits else "0"
