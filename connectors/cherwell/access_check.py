"""What the objects demand that a push would save: required fields, as the schema tells them."""

from collections.abc import Collection, Iterator

from connectors.cherwell.api import CherwellApi
from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.write_words import write_words
from connectors.core.access_check import CHECK, Written, demanded
from connectors.core.examining import failure
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from itsm.pushing import PushKind


def write_checks(
    name: str, config: CherwellConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What would be missed by a save; asks only."""
    api = CherwellApi(name, config, around)
    for kind, words in write_words(config).items():
        if kind not in kinds or kind is PushKind.INCIDENT:
            continue
        of = api.object_named(words.holder)
        if of is None:
            yield failure(
                CHECK, kind, f"there is no object {words.holder}", "name yours under push"
            )
            continue
        fields = frozenset({*words.fields.values(), config.push.key_field})
        lacking = sorted(fields - of.fields.keys())
        if lacking:
            said = f"{of.name} has no field {', '.join(lacking)}"
            remedy = f"make it, or name another: [sources.{name}.push.columns.{kind}]"
            yield failure(CHECK, kind, said, remedy)
        what = Written(kind, of.name, fields, {})
        yield from demanded(name, what, of.required - {words.number, words.status})
