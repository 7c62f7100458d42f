"""The languages of the estate, read from one module each."""

from dataclasses import dataclass

from simulator.phrases import de, en, es, fr


@dataclass(frozen=True, slots=True)
class Language:
    """One language: for every concept, the ways to put it."""

    code: str
    families: tuple[tuple[str, ...], ...]
    objects: tuple[tuple[str, ...], ...]
    conditions: tuple[tuple[str, ...], ...]
    greetings: tuple[str, ...]
    asks: tuple[str, ...]
    fillers: tuple[str, ...]
    signatures: tuple[str, ...]
    footer: str


def _split(line: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in line.split("|"))


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = [_split(line) for line in text.strip().splitlines()]
    return {row[0]: row[1:] for row in rows}


FAMILIES = tuple(_table(en.FAMILIES))
"""The symptoms, in a fixed order."""
OBJECTS = tuple(_table(en.OBJECTS))
"""The objects, in a fixed order."""
CONDITIONS = tuple(_table(en.CONDITIONS))
"""The conditions, in a fixed order."""
SHOWS_PARAMETER = tuple("{" in wordings[0] for wordings in _table(en.CONDITIONS).values())
"""Which conditions name a version, a place or a number."""


def _aligned(text: str, order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    table = _table(text)
    return tuple(table[key] for key in order)


def _language(
    code: str, families: str, objects: str, conditions: str, small: tuple[str, str, str, str, str]
) -> Language:
    greetings, asks, fillers, signatures, footer = small
    return Language(
        code,
        _aligned(families, FAMILIES),
        _aligned(objects, OBJECTS),
        _aligned(conditions, CONDITIONS),
        _split(greetings),
        _split(asks),
        _split(fillers),
        _split(signatures),
        footer,
    )


LANGUAGES = tuple(
    _language(
        code,
        m.FAMILIES,
        m.OBJECTS,
        m.CONDITIONS,
        (m.GREETINGS, m.ASKS, m.FILLERS, m.SIGNATURES, m.FOOTER),
    )
    for code, m in (("en", en), ("de", de), ("fr", fr), ("es", es))
)
"""English, German, French and Spanish, in this order."""
