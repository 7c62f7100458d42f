"""Figures, groups of incidents and packs are the same with names and with pseudonyms."""

from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from flows.figures import all_figures, stored_data
from flows.minable import minable
from flows.settings import load_settings
from flows.stages.mine import mine_week
from flows.stages.pack import pack_week
from flows.wiring import Parts, build
from itsm.figures import FigureResult
from itsm.pseudonyms import PERSON_FIELDS, is_pseudonym
from itsm.states import RecordKind
from reports.pack import comparable, pack_from_json, pack_to_json
from simulator.estate import build_estate
from simulator.settings import EstateSettings
from store.unit_of_work import Store

ESTATE = EstateSettings(n_incidents=220, n_weeks=6, seed=11)
WEEK = ESTATE.last_week
CUTOFF = WEEK.cutoff(timedelta(hours=24))


def installed(folder: Path, *, hidden: bool) -> Parts:
    folder.mkdir()
    config = folder / "csi.toml"
    config.write_text('organisation = "Contoso"\n', encoding="utf-8")
    parts = build(load_settings(config), folder)
    if not hidden:
        parts = replace(parts, store=Store(parts.store.engine))
    with parts.store.begin() as uow:
        uow.records.save(tuple(chain(*build_estate(ESTATE).records.values())))
        uow.commit()
    return parts


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parts, Parts]:
    folder = tmp_path_factory.mktemp("alike")
    return installed(folder / "plain", hidden=False), installed(folder / "hidden", hidden=True)


def test_each_person_has_one_pseudonym_and_each_pseudonym_one_person(
    both: tuple[Parts, Parts],
) -> None:
    plain, hidden = both
    seen: dict[str, str] = {}
    for kind, fields in PERSON_FIELDS.items():
        named, kept = plain.store.queries.columns(kind), hidden.store.queries.columns(kind)
        for field in fields:
            for name, one in zip(named[field], kept[field], strict=True):
                assert (name is None) == (one is None)
                if isinstance(name, str) and isinstance(one, str):
                    assert is_pseudonym(one)
                    assert seen.setdefault(name, one) == one
    assert len(set(seen.values())) == len(seen) > 50
    assert hidden.store.people.all() == {one: name for name, one in seen.items()}


def figures(parts: Parts) -> tuple[FigureResult, ...]:
    return tuple(all_figures(stored_data(parts, WEEK, CUTOFF), WEEK, CUTOFF))


def test_every_figure_is_the_same(both: tuple[Parts, Parts]) -> None:
    named, hidden = map(figures, both)
    assert len(named) > 100
    assert hidden == named


def test_texts_are_redacted_alike_and_mined_alike(both: tuple[Parts, Parts]) -> None:
    named, hidden = (minable(parts, WEEK, CUTOFF) for parts in both)
    assert hidden[["key", "title", "description"]].equals(named[["key", "title", "description"]])
    assert named["description"].str.contains("<person>", regex=False).any()


@pytest.mark.slow
def test_the_pack_is_the_same(both: tuple[Parts, Parts]) -> None:
    packs = []
    for parts in both:
        run_id = mine_week(parts, WEEK, CUTOFF)
        pack_week(parts, WEEK, CUTOFF, run_id, {})
        with parts.store.look() as uow:
            (kept,) = [one for one in uow.packs.list() if one.week == WEEK.label]
        packs.append(pack_to_json(comparable(pack_from_json(kept.content))))
    assert packs[0] == packs[1]
    assert RecordKind.INCIDENT.value.encode() in packs[0]
