"""The language a document speaks: texts from a catalogue, numbers and dates as its readers write.

Inside `with speaking("de"):` every text that `_`, `n_` and `told` give is German; outside it is
English. A catalogue is read once, from `reports/locale/LANGUAGE.po`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from itsm.errors import ConfigError

SOURCE = "en"
"""The language the code is written in."""
TOLD = "told"
"""The context of texts that other rooms compose: figures, checks, reasons."""
_LOCALES = {"en": "en_GB", "de": "de_DE"}
LANGUAGES = tuple(_LOCALES)
"""The languages a pack can be had in."""
_SLOT = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w-]|[.,]\d)")
_PERCENT = re.compile(r"(?<=\d)%")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_IDENTIFIER = re.compile(r"[a-z_]+\.[a-z_]+")
_COUNTS = frozenset(
    {"n", "all", "least", "held", "share", "rate", "error", "naive", "inside", "covered", "limit"}
    | {"q", "lag", "window", "expected", "usual", "low", "high", "year", "hour", "now", "score"}
)
"""The parts of composed texts that are numbers, by their names."""
_NUMBERED = r"[\d.,]+(?: ?%)?|(?:under|over) \d+ ?%"
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A composed text with its changing parts, and how another language says it."""

    found: re.Pattern[str]
    said: str


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: its texts, the marks of its numbers, the names of its months.

    `unknown` collects what other rooms said and the catalogue has no text for.
    """

    name: str
    locale: Locale
    texts: NullTranslations
    patterns: tuple[_Pattern, ...] = ()
    unknown: set[str] = field(default_factory=set, compare=False)

    @property
    def is_source(self) -> bool:
        """Whether it is the language the code is written in."""
        return self.name == SOURCE


_current: ContextVar[str] = ContextVar("language", default=SOURCE)


@contextmanager
def speaking(language: str) -> Iterator[Tongue]:
    """Let the texts inside be of a language.

    Raises:
        ConfigError: there is no catalogue of that language.
    """
    spoken = tongue(language)
    before = _current.set(language)
    try:
        yield spoken
    finally:
        _current.reset(before)


def spoken() -> Tongue:
    """The language that is spoken now."""
    return tongue(_current.get())


@cache
def tongue(language: str) -> Tongue:
    """A language by its code.

    Raises:
        ConfigError: there is no catalogue of that language.
    """
    if language not in _LOCALES:
        there = ", ".join(LANGUAGES)
        raise ConfigError(f"language {language!r}: there is no catalogue; choose from {there}")
    locale = Locale.parse(_LOCALES[language])
    if language == SOURCE:
        return Tongue(language, locale, NullTranslations())
    catalogue = catalogue_of(language)
    return Tongue(language, locale, _compiled(catalogue), tuple(_patterns(catalogue)))


def catalogue_of(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    held = files("reports") / "locale" / f"{language}.po"
    return read_po(BytesIO(held.read_bytes()), locale=_LOCALES[language])


def _(text: str, **parts: object) -> str:
    """A text in the language spoken, with its parts put in."""
    said = spoken().texts.gettext(text)
    return said.format(**parts) if parts else said


def n_(one: str, many: str, n: int, **parts: object) -> str:
    """A text that counts something, in the form that the count asks for; `{n}` is the count."""
    said = spoken().texts.ngettext(one, many, n)
    return said.format(n=with_marks(f"{n:,}"), **parts)


def mark(text: str) -> str:
    """A text that is kept here and said later, through `_`; the catalogue finds it by this."""
    return text


def known(text: str) -> str:
    """A word of ours in the language spoken; a name that is none of ours stays as it is."""
    now = spoken()
    return text if now.is_source or not text else now.texts.pgettext(TOLD, text)


def told(text: str) -> str:
    """A text that another room composed, in the language spoken; as it is where none is known."""
    now = spoken()
    if now.is_source or not text:
        return text
    if (exact := known(text)) != text:
        return exact
    sentences = _SENTENCES.split(text)
    if len(sentences) > 1:
        return " ".join(told(sentence) for sentence in sentences)
    if (whole := _composed(text)) is not None:
        return whole
    if _LETTERS.search(text) and not _IDENTIFIER.fullmatch(text):
        now.unknown.add(text)
    return numbers_said(text)


def _composed(text: str) -> str | None:
    """A text that the catalogue knows, word for word or with other parts in it."""
    now = spoken()
    exact = now.texts.pgettext(TOLD, text)
    if exact != text:
        return exact
    for pattern in now.patterns:
        if match := pattern.found.fullmatch(text):
            parts = {name: _part(value) for name, value in match.groupdict().items()}
            return pattern.said.format(**parts)
    return None


def numbers_said(text: str) -> str:
    """A text whose numbers are written as the language spoken writes them."""
    now = spoken()
    if now.is_source:
        return text
    sign = str(now.locale.percent_formats[None].pattern).removeprefix("#,##0")
    return _PERCENT.sub(sign, _NUMBER.sub(lambda found: with_marks(found[0]), text))


def with_marks(text: str) -> str:
    """A number that is written as in English, with the marks of the language spoken."""
    now = spoken()
    if now.is_source:
        return text
    symbols = now.locale.number_symbols["latn"]
    swap = {",": symbols["group"], ".": symbols["decimal"]}
    return "".join(swap.get(letter, letter) for letter in text)


def _part(value: str) -> str:
    """A changing part of a composed text: known words, a list of them, or a name."""
    whole = _composed(value)
    if whole is not None:
        return whole
    for mark_of_list in ("; ", ", ", " and "):
        if mark_of_list in value:
            joined = _(" and ") if mark_of_list == " and " else mark_of_list
            return joined.join(_part(one) for one in value.split(mark_of_list))
    return numbers_said(value)


def _compiled(catalogue: Catalog) -> GNUTranslations:
    """A catalogue as gettext reads it; texts that are fuzzy or empty are left out."""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _patterns(catalogue: Catalog) -> Iterator[_Pattern]:
    """The composed texts of a catalogue, the most telling first."""
    composed = [
        (str(one.id), str(one.string))
        for one in catalogue
        if one.context == TOLD and one.string and _SLOT.search(str(one.id))
    ]
    composed.sort(key=lambda pair: (-len(_SLOT.sub("", pair[0])), pair[0]))
    for source, said in composed:
        pieces = _SLOT.split(source)
        regex = "".join(
            f"(?P<{piece}>{_NUMBERED if piece in _COUNTS else '.+?'})"
            if place % 2
            else re.escape(piece)
            for place, piece in enumerate(pieces)
        )
        yield _Pattern(re.compile(regex, re.DOTALL), said)
