"""Frozen dataclasses as JSON and back, read from their type hints.

Handles text, numbers, flags, enums, dates, aware times, tuples and sets, mappings, nested
dataclasses and unions of dataclasses. Equal values give the same bytes, so bytes may be compared
and hashed. A field that is missing takes its default, so that what an older version wrote can be
read; a field that is not known is refused, because it would be lost.
"""

import dataclasses
import json
import math
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache, partial
from typing import Any, TypeVar, cast

T = TypeVar("T")
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can hold."""

Hint = object
"""A type hint: a class, a union, an alias such as tuple[int, ...]."""

TAG = "kind"
"""The key that tells which dataclass of a union an object is."""

_UNIONS = (types.UnionType, typing.Union)
_SCALARS = (str, int, float, bool, types.NoneType)
_ARRAYS = (tuple, list, abc.Sequence, abc.Collection, abc.Iterable)
_SETS = (frozenset, set, abc.Set)
_MAPPINGS = (dict, abc.Mapping)


@dataclass(frozen=True, slots=True)
class _Codec:
    """How values of one type hint are written and read."""

    encode: Callable[[Any], Plain]
    decode: Callable[[Any], Any]


def to_plain(value: object, hint: Hint = None) -> Plain:
    """A value as JSON can hold it.

    Args:
        value: a dataclass, or anything `hint` describes.
        hint: the type hint to follow; needed where `value` is not a dataclass.

    Raises:
        ValueError: a number is not finite, a time has no zone, a value does not fit its hint.
        TypeError: a hint names a type this module does not know.
    """
    return _codec(type(value) if hint is None else hint).encode(value)


def from_plain(hint: type[T], plain: object) -> T:
    """The value that `to_plain` made this from.

    Raises:
        ValueError: it does not fit the hint; a field is missing or not known.
        TypeError: a hint names a type this module does not know.
    """
    return cast(T, _codec(hint).decode(plain))


def to_bytes(value: object, hint: Hint = None) -> bytes:
    """A value as canonical JSON: sorted keys, no spaces, UTF-8.

    Raises:
        ValueError: as `to_plain`.
    """
    return dump(to_plain(value, hint))


def from_bytes(hint: type[T], data: bytes) -> T:
    """The value that `to_bytes` made these bytes from.

    Raises:
        ValueError: not JSON, or as `from_plain`.
    """
    return from_plain(hint, json.loads(data))


def dump(plain: object) -> bytes:
    """Plain data as canonical JSON: sorted keys, no spaces, UTF-8.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def _codec(hint: Hint) -> _Codec:
    return _made_codec(hint)


@cache
def _made_codec(hint: Hint) -> _Codec:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:
        return _union(arguments)
    if origin is typing.Literal:
        return _Codec(partial(_member, arguments), partial(_member, arguments))
    if origin in _ARRAYS:
        return _array(arguments)
    if origin in _SETS:
        return _set(arguments[0])
    if origin in _MAPPINGS:
        return _mapping(*arguments)
    if isinstance(hint, type):
        return _plain_type(hint)
    raise TypeError(f"no JSON form is known for the type {hint!r}")


def _plain_type(hint: type) -> _Codec:
    if issubclass(hint, Enum):
        return _Codec(lambda value: cast(Plain, _exact(hint, value).value), hint)
    if hint is float:
        return _Codec(_number, _number)
    if hint in _SCALARS:
        return _Codec(partial(_exact, hint), partial(_exact, hint))
    if issubclass(hint, datetime):
        return _Codec(_instant_text, _instant)
    if hint is date or hint is time:
        return _Codec(lambda value: _exact(hint, value).isoformat(), hint.fromisoformat)
    if dataclasses.is_dataclass(hint):
        return _object(hint)
    raise TypeError(f"no JSON form is known for the type {hint.__name__}")


def _object(hint: type) -> _Codec:
    """A dataclass; its fields' codecs are looked up late, so that a type may hold itself."""
    declared = [field for field in dataclasses.fields(hint) if field.init]
    known = frozenset(field.name for field in declared)
    required = frozenset(
        field.name
        for field in declared
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )

    @cache
    def codecs() -> Mapping[str, _Codec]:
        hints = typing.get_type_hints(hint)
        return {field.name: _codec(hints[field.name]) for field in declared}

    def encode(value: object) -> Plain:
        _exact(hint, value)
        return {name: codec.encode(getattr(value, name)) for name, codec in codecs().items()}

    def decode(plain: object) -> object:
        given = _exact(dict, plain)
        wrong = (given.keys() - known) | (required - given.keys())
        if wrong:
            listed = ", ".join(sorted(wrong))
            raise ValueError(f"{hint.__name__}: fields missing or not known: {listed}")
        return hint(**{name: codecs()[name].decode(part) for name, part in given.items()})

    return _Codec(encode, decode)


def _union(members: tuple[Hint, ...]) -> _Codec:
    options = tuple(member for member in members if member is not types.NoneType)
    if len(options) > 1 and all(member in _SCALARS for member in options):
        return _Codec(partial(_one_of, members), partial(_one_of, members))
    inner = _codec(options[0]) if len(options) == 1 else _tagged(options)
    if len(options) == len(members):
        return inner
    return _Codec(
        lambda value: None if value is None else inner.encode(value),
        lambda plain: None if plain is None else inner.decode(plain),
    )


def _tagged(options: tuple[Hint, ...]) -> _Codec:
    """One of several dataclasses; the key "kind" says which."""
    by_name: dict[object, type] = {}
    for option in options:
        if not isinstance(option, type) or not dataclasses.is_dataclass(option):
            raise TypeError(f"a union may join dataclasses or plain values, not {option!r}")
        if TAG in {field.name for field in dataclasses.fields(option)}:
            raise TypeError(f"{option.__name__} has a field {TAG!r}, so it cannot be in a union")
        by_name[option.__name__] = option

    def chosen(name: object) -> _Codec:
        return _codec(by_name[_member(tuple(by_name), name)])

    def encode(value: object) -> Plain:
        name = type(value).__name__
        return {TAG: name, **_exact(dict, chosen(name).encode(value))}

    def decode(plain: object) -> object:
        given = dict(_exact(dict, plain))
        return chosen(given.pop(TAG, None)).decode(given)

    return _Codec(encode, decode)


def _array(arguments: tuple[Hint, ...]) -> _Codec:
    """A tuple or a sequence; read back as a tuple."""
    if len(arguments) == 1 or arguments[1:] == (Ellipsis,):
        one = _codec(arguments[0])
        return _Codec(
            lambda values: [one.encode(value) for value in values],
            lambda plain: tuple(map(one.decode, _exact(list, plain))),
        )
    each = [_codec(argument) for argument in arguments]
    return _Codec(
        lambda values: [codec.encode(v) for codec, v in zip(each, values, strict=True)],
        lambda plain: tuple(
            codec.decode(v) for codec, v in zip(each, _exact(list, plain), strict=True)
        ),
    )


def _set(argument: Hint) -> _Codec:
    one = _codec(argument)
    return _Codec(
        lambda values: sorted(map(one.encode, values), key=dump),
        lambda plain: frozenset(map(one.decode, _exact(list, plain))),
    )


def _mapping(key: Hint, value: Hint) -> _Codec:
    """A mapping; with other keys than text it becomes a list of pairs, ordered by key."""
    keys, values = _codec(key), _codec(value)

    def pairs(given: Mapping[object, object]) -> list[tuple[Plain, Plain]]:
        return [(keys.encode(k), values.encode(v)) for k, v in given.items()]

    if isinstance(key, type) and issubclass(key, str):
        return _Codec(
            lambda given: {cast(str, k): v for k, v in pairs(given)},
            lambda plain: {
                keys.decode(k): values.decode(v) for k, v in _exact(dict, plain).items()
            },
        )
    return _Codec(
        lambda given: sorted(map(list, pairs(given)), key=dump),
        lambda plain: {keys.decode(k): values.decode(v) for k, v in _exact(list, plain)},
    )


def _exact(hint: type[T], value: object) -> T:
    is_flag_for_number = hint is int and isinstance(value, bool)
    if not isinstance(value, hint) or is_flag_for_number:
        raise ValueError(f"{type(value).__name__} where {hint.__name__} is expected")
    return value


def _one_of(hints: tuple[Hint, ...], value: Plain) -> Plain:
    if type(value) not in hints:
        raise ValueError(f"{type(value).__name__} is none of {hints}")
    return _number(value) if isinstance(value, float) else value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{type(value).__name__} where a number is expected")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number that is not finite has no JSON form")
    return number


def _instant_text(value: object) -> str:
    instant = _exact(datetime, value)
    if instant.tzinfo is None:
        raise ValueError("a time without a zone has no JSON form")
    return instant.astimezone(UTC).isoformat()


def _instant(plain: object) -> datetime:
    return datetime.fromisoformat(_exact(str, plain)).astimezone(UTC)


def _member(choices: tuple[T, ...], value: object) -> T:
    for choice in choices:
        if choice == value and type(choice) is type(value):
            return choice
    raise ValueError(f"{value!r} is none of {', '.join(map(str, choices))}")
