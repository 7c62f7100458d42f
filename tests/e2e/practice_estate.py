"""A small practice estate, as a configuration and the exports it reads."""

from dataclasses import dataclass
from pathlib import Path

from flows.demo_config import demo_config
from flows.practice import write_estate
from simulator.settings import EstateSettings


@dataclass(frozen=True)
class Practice:
    """The exports of a small estate and the configuration that reads them."""

    config: str
    week: str
    exports: Path

    def into(self, folder: Path) -> Path:
        """A new folder with the configuration file; the file."""
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "csi.toml"
        config.write_text(self.config)
        return config


def small_practice(folder: Path, n_incidents: int, n_weeks: int) -> Practice:
    """An estate that is read in small pages, with its exports in a folder."""
    exports = folder / "exports"
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks, seed=5)
    made = write_estate(settings, "servicenow", exports)
    small_pages = "[sources.practice]\nbatch_size = 50\n"
    config = demo_config(made.files).replace("[sources.practice]\n", small_pages)
    return Practice(config, made.last_week, exports)
