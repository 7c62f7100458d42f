"""The style sheets, and those of them that other pages than the pack use, too."""

from importlib.resources import files


def sheet(name: str) -> str:
    """A style sheet by its name."""
    return (files("reports") / "templates" / f"{name}.css").read_text(encoding="utf-8")


def screen_theme() -> str:
    """The colours of light and dark screens as custom properties, and how charts take them."""
    return "\n".join(map(sheet, ("colours", "dark", "charts")))
