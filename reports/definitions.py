"""What the catalogue of measures says of a figure: partner, definition, what it needs."""

from collections.abc import Iterable

from reports.language import known, told
from reports.measures.contracts import CATALOGUE
from reports.model import Definition


def is_headline_measure(figure_id: str) -> bool:
    """Whether a pack shows a figure as a card; the others are lines of a table.

    One whose id is not in the catalogue is shown as a card.
    """
    contract = CATALOGUE.get(figure_id)
    return contract is None or contract.is_in_pack


def partner_of(figure_id: str) -> str | None:
    """The id of the figure that is always shown beside this one, or None."""
    contract = CATALOGUE.get(figure_id)
    return contract.partner if contract else None


def title_of(figure_id: str) -> str:
    """The title of a figure; its id where the catalogue does not know it."""
    contract = CATALOGUE.get(figure_id)
    return contract.title if contract else figure_id.replace("_", " ")


def definitions_of(figure_ids: Iterable[str]) -> tuple[Definition, ...]:
    """The definitions of the figures given; an id that is not in the catalogue has none."""
    return tuple(_definition(figure_id) for figure_id in figure_ids if figure_id in CATALOGUE)


def _definition(figure_id: str) -> Definition:
    contract = CATALOGUE[figure_id]
    return Definition(
        figure_id=figure_id,
        title=told(contract.title),
        version=contract.version,
        formula=_sentence(contract.formula),
        counted="" if _is_none(contract.denominator) else _sentence(contract.denominator),
        excluded=_sentence(contract.exclusions),
        owner=known(contract.owner),
        decision=_sentence(contract.decision),
    )


def _is_none(text: str) -> bool:
    """Whether the catalogue says that there is no such thing, as in "none: a count"."""
    return text.casefold().startswith("none")


def _sentence(text: str) -> str:
    """A phrase of the catalogue as a sentence."""
    said = told(text)
    whole = f"{said[:1].upper()}{said[1:]}"
    return whole if not whole or whole.endswith(".") else f"{whole}."


def needs_of(figure_id: str) -> tuple[str, ...]:
    """What a source must provide for a figure, in the catalogue's words."""
    contract = CATALOGUE.get(figure_id)
    return tuple(told(need) for need in contract.needs) if contract else ()
