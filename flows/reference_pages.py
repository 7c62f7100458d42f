"""Reference pages made from code: every setting there is, and every command with its options.

`python -m flows.reference_pages docs` writes them; a test sees that they are what is committed.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from flows.cli import VERBS
from flows.config_text import SOURCES
from flows.settings import Settings

PAGES = ("reference-settings.md", "reference-commands.md")
_MADE = "This page is made from code by `python -m flows.reference_pages docs`."
_BOUNDS: Mapping[str, str] = {
    "ge": "from {}",
    "gt": "more than {}",
    "le": "up to {}",
    "lt": "less than {}",
    "min_length": "at least {} long",
    "max_length": "at most {} long",
}


def settings_page() -> str:
    """Every key of `csi.toml`, table by table."""
    lines = [
        "# Every setting",
        "",
        _MADE,
        "",
        "A key that is not here is refused by name. Each may also come from the environment, which "
        "wins: `CSI_`, then the path in capitals with two underscores between its parts, as in "
        "`CSI_SOURCES__SERVICENOW__PASSWORD`. Secrets belong there, or into blocks "
        "([running](running.md)). What to write and why is in [configuration](configuration.md).",
        "",
    ]
    for heading, model in _tables("", Settings):
        lines += _table(heading, model)
    for kind, model in SOURCES.items():
        for heading, part in _tables(f"sources.NAME (kind = {kind!r})", model):
            lines += _table(heading, part)
    return "\n".join(lines).rstrip() + "\n"


def commands_page() -> str:
    """Every verb of `csi` with its options."""
    lines = [
        "# Every command",
        "",
        f"{_MADE} `csi VERB --help` prints the same.",
        "",
    ]
    for name, verb in VERBS.items():
        command = getattr(import_module(f"flows.verbs.{verb.module}"), verb.command)
        lines += _command((name,), command)
    return "\n".join(lines).rstrip() + "\n"


def _tables(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """A model and those it holds, with the path of each in `csi.toml`."""
    yield path, model
    for name, info in model.model_fields.items():
        below = f"{path}.{name}" if path else name
        for form, inner in _models(info.annotation):
            if path or name != "sources":
                yield from _tables(form.format(below), inner)


def _models(hint: object) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models in a type hint, with how their path is written."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield "{}", hint
        return
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from _models(arguments[0])
    elif origin in {Union, UnionType}:
        for one in arguments:
            yield from _models(one)
    elif origin in {tuple, list}:
        yield from (("[" + form + "]", model) for form, model in _models(arguments[0]))
    elif origin is dict:
        yield from ((form + ".NAME", model) for form, model in _models(arguments[1]))


def _table(path: str, model: type[BaseModel]) -> list[str]:
    rows = [
        (name, info)
        for name, info in model.model_fields.items()
        if not list(_models(info.annotation))
    ]
    if not rows:
        return []
    heading = f"## `[{path}]`" if path else "## At the top"
    said = [(model.__doc__ or "").strip().split("\n")[0], ""] if path else []
    head = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    return [heading, "", *said, *head, *(_row(name, info) for name, info in rows), ""]


def _row(name: str, info: FieldInfo) -> str:
    bounds = [
        text.format(getattr(one, attribute))
        for one in info.metadata
        for attribute, text in _BOUNDS.items()
        if getattr(one, attribute, None) is not None
    ]
    kind = ", ".join([_type(info.annotation), *bounds])
    return f"| `{name}` | {kind} | {_default(info)} | {_cell(info.description or '')} |"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in {None, ""} if isinstance(value, str | NoneType) else not value and value != 0:
        return "" if value is not False else "`false`"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{_cell(text)}`"


_NAMES: Mapping[object, str] = {
    str: "text", int: "number", float: "number", bool: "true or false", Path: "path",
    SecretStr: "secret", NoneType: "", dict: "table", tuple: "list", list: "list",
}  # fmt: skip


def _type(hint: object) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(filter(None, map(_type, arguments))))
    if origin in {dict, tuple, list}:
        of = _type(arguments[1 if origin is dict else 0]) if arguments else ""
        return f"{_NAMES[origin]} of {of}" if of else _NAMES[origin]
    return _NAMES.get(hint, getattr(hint, "__name__", str(hint)).lower())


def _command(path: Sequence[str], command: click.Command) -> list[str]:
    context = click.Context(command, info_name=" ".join(["csi", *path]))
    usage = command.get_usage(context).removeprefix("Usage: ")
    help_text = click.unstyle(command.help or "").replace("\b", "").strip()
    told = [" ".join(part.split()) for part in help_text.split("\n\n")]
    lines = [
        f"{'#' * min(len(path) + 1, 4)} csi {' '.join(path)}",
        "",
        "```console",
        usage,
        "```",
        "",
    ]
    for part in told:
        lines += [part, ""] if part else []
    rows = [
        record for one in command.get_params(context) if (record := one.get_help_record(context))
    ]
    rows = [(options, help_) for options, help_ in rows if "--help" not in options]
    if rows:
        lines += ["| option | meaning |", "| --- | --- |"]
        lines += [f"| `{_cell(options)}` | {_cell(help_)} |" for options, help_ in rows]
        lines += [""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None, name
            lines += _command((*path, name), inner)
    return lines


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in zip(PAGES, (settings_page(), commands_page()), strict=True):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
