"""Prefect blocks for secrets: those of a source, of delivery, log-ins, and the key of names.

A block is an alternative to the worker's environment. A run of a flow looks for the block
`csi-source/NAME` of every source of its configuration, with dashes for underscores, and for
`csi-delivery/default` and `csi-privacy/default`; what the environment says goes before. Nothing
else of Prefect reads them.
"""

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, TypeVar

from prefect.blocks.core import Block
from prefect.types import SecretDict
from pydantic import Field, SecretStr

from flows.progress import Teller
from flows.settings import load_settings
from flows.wiring import Parts, build

B = TypeVar("B", bound=Block)
DEFAULT = "default"
"""The name of the blocks of delivery and privacy."""


class CsiSource(Block):
    """The secrets of one source of csi.toml; only those its connector asks for are filled in."""

    _block_type_name: ClassVar[str] = "CSI source"
    _block_type_slug: ClassVar[str] = "csi-source"

    password: SecretStr | None = Field(None, description="Of the user that csi.toml names.")
    token: SecretStr | None = Field(None, description="An API or personal access token.")
    client_secret: SecretStr | None = Field(None, description="Of the OAuth client.")
    api_key: SecretStr | None = Field(None, description="Of Freshservice, or of ServiceNow.")
    user_token: SecretStr | None = Field(None, description="Of a GLPI user.")
    app_token: SecretStr | None = Field(None, description="Of a GLPI application.")


class CsiDelivery(Block):
    """The secrets of delivery: the password of the mail server, the addresses of chats."""

    _block_type_name: ClassVar[str] = "CSI delivery"
    _block_type_slug: ClassVar[str] = "csi-delivery"

    mail_password: SecretStr | None = Field(None, description="Of the user at the mail server.")
    chats: SecretDict | None = Field(
        None, description="The address of each chat's webhook, by its name in csi.toml."
    )


class CsiPrivacy(Block):
    """The key that names of people and raw payloads are kept under."""

    _block_type_name: ClassVar[str] = "CSI privacy"
    _block_type_slug: ClassVar[str] = "csi-privacy"

    people_key: SecretStr | None = Field(None, description="32 characters or more.")


class CsiLogin(Block):
    """The tokens of a log-in in a browser: `csi login` makes it, each renewal writes it anew."""

    _block_type_name: ClassVar[str] = "CSI log-in"
    _block_type_slug: ClassVar[str] = "csi-login"

    tokens: SecretStr = Field(description="Nothing that a person fills in.")


BLOCKS: tuple[type[Block], ...] = (CsiSource, CsiDelivery, CsiPrivacy, CsiLogin)


def register() -> tuple[str, ...]:
    """Make the types known to the server that PREFECT_API_URL names; their slugs."""
    for block in BLOCKS:
        block.register_type_and_schema()
    return tuple(block.get_block_type_slug() for block in BLOCKS)


_FIELDS = ("password", "token", "client_secret", "api_key", "user_token", "app_token")


@lru_cache(maxsize=4)
def parts_of(config: Path) -> Parts:
    """The parts of a configuration file with secrets from blocks, built once per process."""
    settings = load_settings(config, given_by_blocks(config, os.environ))
    return build(settings, config.resolve().parent, Teller())


def given_by_blocks(config: Path, environment: Mapping[str, str]) -> dict[str, object]:
    """What blocks say of the secrets a configuration needs, in the form of its tables.

    Args:
        config: the configuration file; one that cannot be read needs nothing.
        environment: what is set there goes before.
    """
    named = _tables(config)
    known = {name.upper() for name in environment}
    given: dict[str, object] = {}
    sources = {name: _of_source(name, known) for name in _named(named, "sources")}
    if found := {name: secrets for name, secrets in sources.items() if secrets}:
        given["sources"] = found
    delivery = named.get("delivery")
    if isinstance(delivery, Mapping) and (of_delivery := _of_delivery(delivery, known)):
        given["delivery"] = of_delivery
    if "CSI_PRIVACY__PEOPLE_KEY" not in known and (key := _people_key()):
        given["privacy"] = {"people_key": key}
    return given


def _people_key() -> str | None:
    block = loaded(CsiPrivacy, DEFAULT)
    key = None if block is None else block.people_key
    return None if key is None else key.get_secret_value()


def _of_source(name: str, known: set[str]) -> dict[str, str]:
    block = loaded(CsiSource, block_name(name))
    secrets = {} if block is None else {field: getattr(block, field) for field in _FIELDS}
    return {
        field: secret.get_secret_value()
        for field, secret in secrets.items()
        if secret is not None and f"CSI_SOURCES__{name}__{field}".upper() not in known
    }


def _of_delivery(tables: Mapping[str, object], known: set[str]) -> dict[str, object]:
    block = loaded(CsiDelivery, DEFAULT)
    found: dict[str, object] = {}
    if block is None:
        return found
    password = block.mail_password
    if password is not None and "mail" in tables and "CSI_DELIVERY__MAIL__PASSWORD" not in known:
        found["mail"] = {"password": password.get_secret_value()}
    urls = block.chats.get_secret_value() if block.chats is not None else {}
    chats = {
        name: {"url": str(urls[name])}
        for name in _named(tables, "chats")
        if name in urls and f"CSI_DELIVERY__CHATS__{name}__URL".upper() not in known
    }
    return found | ({"chats": chats} if chats else {})


def block_name(source: str) -> str:
    """What the blocks of a source are called: Prefect takes no underscores."""
    return source.replace("_", "-").casefold()


def loaded(kind: type[B], name: str) -> B | None:
    """A block by its name; None where there is none."""
    try:
        found = kind.load(name)
    except ValueError:
        return None
    assert isinstance(found, kind), "outside of a coroutine it is loaded at once"
    return found


def _tables(config: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # reading the settings will say what is wrong with it


def _named(tables: Mapping[str, object], key: str) -> list[str]:
    found = tables.get(key)
    return list(found) if isinstance(found, Mapping) else []
