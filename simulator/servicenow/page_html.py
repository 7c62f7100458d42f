"""The pages of an instance as HTML: a login, lists, and a form for each record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from simulator.servicenow.classes import label_of
from simulator.servicenow.fields import Field, FieldType
from simulator.servicenow.reading import Record
from simulator.servicenow.tables import Table

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0; color: #1d2a30; background: #f4f6f6 }
header { background: #1f3b42; color: #fff; padding: .7rem 1.2rem; display: flex; gap: 1.2rem;
  flex-wrap: wrap }
header a { color: #cfe8df } header .who { margin-left: auto }
main { max-width: 62rem; margin: 1.2rem auto; padding: 0 1.2rem }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; background: #fff }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #d9e0e0;
  vertical-align: top }
td.time { white-space: nowrap }
form.record { background: #fff; padding: 1rem; display: grid; gap: .6rem 1rem;
  grid-template-columns: 12rem 1fr }
form.record label, form.record .name { text-align: right; padding-top: .3rem; color: #4a5a60 }
form.record .value { padding-top: .3rem; white-space: pre-wrap; overflow-wrap: anywhere }
input, select, textarea { font: inherit; width: 100%; box-sizing: border-box; padding: .3rem }
textarea { min-height: 5rem }
button { font: inherit; padding: .4rem 1.2rem; background: #1f6b52; color: #fff; border: 0;
  border-radius: 4px; justify-self: start }
.saved, .trouble { padding: .5rem 1rem; background: #dff0e6; border-left: 4px solid #1f6b52 }
.trouble { background: #fbe6e2; border-color: #a33 }
.login { max-width: 24rem; margin: 4rem auto; display: grid; gap: .6rem }
@media (max-width: 40rem) { form.record { grid-template-columns: 1fr }
  form.record label, form.record .name { text-align: left } }
@media (prefers-color-scheme: dark) { body { background: #14191b; color: #e2e8e8 }
  table, form.record { background: #1d2427 } th, td { border-color: #364044 }
  form.record label, form.record .name { color: #a9b8bc } a { color: #8fd0b8 }
  .saved { background: #16352a } .trouble { background: #45211c } }
"""
_MENU = ("sn_cim_register", "problem", "incident")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to a record."""

    at: str
    who: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Records of a table; `display` is the field that stands for one."""

    table: str
    title: str
    display: str
    rows: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Form:
    """A record, the fields of it that may be edited, and the states it may be given."""

    table: Table
    record: Record
    editable: tuple[str, ...]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A form with what is below it."""

    form: Form
    history: Sequence[Line]
    related: Sequence[Listed]


def login_page(to: str, trouble: str) -> str:
    """Who are you?"""
    told = f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    return _whole(
        "Log in",
        "",
        f"""<form class="login" method="post" action="/login.do"><h1>Log in</h1>{told}
<input type="hidden" name="to" value="{escape(to)}">
<label for="user">User name</label><input id="user" name="user" autocomplete="username" autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<button>Log in</button></form>""",
    )


def home_page(who: str) -> str:
    """The lists there are to begin with."""
    items = "".join(f"<li>{_list_link(name)}</li>" for name in _MENU)
    return _whole("Practice instance", who, f"<h1>Practice instance</h1><ul>{items}</ul>")


def nothing_page(who: str) -> str:
    """No such record, or table."""
    return _whole("Record not found", who, "<h1>Record not found</h1>")


def list_page(who: str, listed: Listed) -> str:
    """A list, the newest change first."""
    title = _plural(listed.table)
    return _whole(title, who, f"<h1>{escape(title)}</h1>{_rows(listed)}")


def form_page(who: str, shown: Shown, trouble: str, *, is_saved: bool = False) -> str:
    """A record: what may be edited, what it holds besides, what happened to it."""
    form = shown.form
    name = _text(form.record, form.table.display)
    said = '<p class="saved" role="status">Saved.</p>' if is_saved else ""
    said += f'<p class="trouble" role="alert">{escape(trouble)}</p>' if trouble else ""
    title = f"{label_of(form.table.name)} {name}"
    parts = [f"<h1>{escape(title)}</h1>", said, _form(form)]
    parts += [f"<h2>{escape(one.title)}</h2>{_rows(one)}" for one in shown.related if one.rows]
    parts.append(_happened(shown.history))
    return _whole(title, who, "".join(parts))


def _form(form: Form) -> str:
    cells = [*_inputs(form), *_values(form)]
    action = f"/{form.table.name}.do?sys_id={_raw(form.record, 'sys_id')}"
    button = "<span></span><button>Update</button>" if form.editable else ""
    return (
        f'<form class="record" method="post" action="{escape(action)}">'
        f"{''.join(cells)}{button}</form>"
    )


def _inputs(form: Form) -> Iterator[str]:
    for name in form.editable:
        label = f'<label for="{name}">{escape(_label(name))}</label>'
        if name == "state" and form.states:
            yield label + _choice(form)
        elif name in ("description", "work_notes", "benefit"):
            text = "" if name == "work_notes" else escape(_text(form.record, name))
            yield f'{label}<textarea id="{name}" name="{name}">\n{text}</textarea>'
        else:
            text = escape(_text(form.record, name))
            yield f'{label}<input id="{name}" name="{name}" value="{text}">'


def _choice(form: Form) -> str:
    held = _raw(form.record, "state")
    codes = {**({held: held} if held not in form.states else {}), **form.states}
    options = "".join(
        f'<option value="{escape(code)}"{" selected" if code == held else ""}>{escape(label)}'
        "</option>"
        for code, label in codes.items()
    )
    return f'<select id="state" name="state">{options}</select>'


def _values(form: Form) -> Iterator[str]:
    """What is filled and may not be edited here."""
    for one in form.table.fields:
        text = _text(form.record, one.name)
        if text and one.name not in form.editable and one.type is not FieldType.GUID:
            yield f'<span class="name">{escape(_label(one.name))}</span>'
            yield f'<span class="value">{_valued(form.record, one, text)}</span>'


def _valued(record: Record, one: Field, text: str) -> str:
    if one.type is not FieldType.REFERENCE:
        return escape(text)
    return f'<a href="/{one.target}.do?sys_id={escape(_raw(record, one.name))}">{escape(text)}</a>'


def _rows(listed: Listed) -> str:
    names = [name for name in (listed.rows[0] if listed.rows else {}) if name != "sys_id"]
    if not names:
        return "<p>No records.</p>"
    head = "".join(f"<th>{escape(_label(name))}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(_cell(listed, row, name) for name in names)}</tr>" for row in listed.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(listed: Listed, row: Record, name: str) -> str:
    text = escape(_text(row, name))
    if name == listed.display:
        text = f'<a href="/{listed.table}.do?sys_id={_raw(row, "sys_id")}">{text}</a>'
    return f"<td>{text}</td>"


def _happened(lines: Sequence[Line]) -> str:
    if not lines:
        return ""
    body = "".join(
        f'<tr><td class="time">{escape(one.at)}</td><td>{escape(one.who)}</td>'
        f"<td>{escape(_label(one.what))}</td><td>{escape(one.text)}</td></tr>"
        for one in lines
    )
    head = "<tr><th>When (GMT)</th><th>Who</th><th>Field</th><th>What</th></tr>"
    return f"<h2>History</h2><table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _whole(title: str, who: str, main: str) -> str:
    menu = "".join(_list_link(name) for name in _MENU) if who else ""
    told = f'<span class="who">{escape(who)}</span>' if who else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)} | Practice instance</title><style>{_STYLE}</style></head><body>"
        f'<header><a href="/">Practice instance</a>{menu}{told}</header><main>{main}</main>'
        "</body></html>"
    )


def _list_link(table: str) -> str:
    return f'<a href="/{table}_list.do">{escape(_plural(table))}</a>'


def _plural(table: str) -> str:
    return f"{label_of(table)}s"


def _label(name: str) -> str:
    return name.removeprefix("u_").replace("_", " ").capitalize()


def _text(record: Record, name: str) -> str:
    """What people read in a field."""
    cell = record.get(name, "")
    return cell if isinstance(cell, str) else cell["display_value"]


def _raw(record: Record, name: str) -> str:
    cell = record.get(name, "")
    return cell if isinstance(cell, str) else cell["value"]
