"""A small practice estate, as a configuration and the exports it reads."""

from dataclasses import dataclass
from pathlib import Path


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
