"""Editions that are no weekly pack: a vendor's dossier, and the daily watch list."""

from collections.abc import Sequence
from dataclasses import replace

from reports.language import _, speaking
from reports.measures.vendor_lines import Dossier
from reports.model import Pack
from reports.pack import empty_pack, with_checksum
from reports.pack_input import PackInput
from reports.sections.dossier import (
    dossier_brief,
    dossier_evidence,
    dossier_section,
    without_names,
)
from reports.sections.watch_list import Watched, watch_brief, watch_evidence, watch_section


def vendor_pack(given: PackInput, found: Dossier, others: Sequence[str]) -> Pack:
    """The vendor edition: what an allow-list of the dossier's fields says, and nothing else.

    Args:
        given: the period, the cut-off and the choice; nothing else of it is shown.
        found: the dossier.
        others: names that may not be in it: other vendors, hosts, people.
    """
    with speaking(given.choice.language):
        section = without_names(dossier_section(found), others)
        pack = empty_pack(given, dossier_brief(found))
        known_up_to = (_("Period"), pack.week), (_("Known up to"), pack.cutoff)
        return with_checksum(
            replace(
                pack,
                sections=(section,),
                evidence=dossier_evidence(found, others),
                provenance=(*known_up_to, *_versions(given)),
                run_id="",
                journal_head="",
            )
        )


def watch_pack(given: PackInput, watched: Watched) -> Pack:
    """The daily watch list of a team, or of all of them."""
    with speaking(given.choice.language):
        pack = empty_pack(given, watch_brief(watched))
        section = watch_section(watched, given.reader_zone)
        evidence = watch_evidence(watched, pack.week)
        return with_checksum(replace(pack, sections=(section,), evidence=evidence))


def _versions(given: PackInput) -> tuple[tuple[str, str], ...]:
    """The version of this program; those of sources and models are ours."""
    held = given.run.versions.get("csi-pipeline")
    return ((_("Version of {name}", name="csi-pipeline"), held),) if held else ()
