"""Builds the documentation as a site: `make docs`. Links that lead nowhere stop it.

The pages stay where people read them beside the code: the README, `docs/`, and the README of each
connector. Here they are put into one folder, with their links turned to it, and a navigation in the
order in which somebody who runs a company on it needs them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
NAVIGATION: Mapping[str, Sequence[str]] = {
    "Begin": [
        "README.md",
        "docs/first-month.md",
        "docs/files.md",
        "docs/simulator.md",
        "docs/gallery.md",
    ],
    "Connect": [
        "docs/systems.md",
        "docs/connectors.md",
        "docs/reference-data.md",
        "docs/checks.md",
        "docs/privacy.md",
    ],
    "Systems": ["connectors/*/README.md"],
    "Schedule and run": [
        "docs/running.md",
        "docs/deploy/*.md",
        "docs/troubleshooting.md",
        "docs/upgrading.md",
        "docs/catching-up.md",
        "docs/observability.md",
        "docs/reliability.md",
        "docs/scaling.md",
        "docs/security.md",
    ],
    "Review": [
        "docs/review-app.md",
        "docs/review-works.md",
        "docs/decisions-memory.md",
        "docs/mining.md",
        "docs/texts.md",
    ],
    "Read the pack": [
        "docs/pack.md",
        "docs/pack-formats.md",
        "docs/mail-html.md",
        "docs/delivery.md",
        "docs/measures.md",
        "docs/signals.md",
        "docs/vendors-and-processes.md",
    ],
    "Improve": ["docs/register.md", "docs/proof.md", "docs/audit.md", "docs/pushing.md"],
    "Dashboards": ["docs/extract.md", "docs/power-bi.md", "docs/tableau.md"],
    "Reference": [
        "docs/configuration.md",
        "docs/reference-settings.md",
        "docs/reference-commands.md",
        "docs/store.md",
        "docs/performance.md",
    ],
    "Take part": [
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/architecture.md",
        "docs/adding-a-connector.md",
        "docs/dependencies.md",
        "docs/decisions/*.md",
    ],
}
REST = "More"
STYLE = ".md-typeset table:not([class]) code { white-space: nowrap; }\n"


def places(root: Path = ROOT) -> dict[Path, Path]:
    """Where each page goes, by where it is; both relative."""
    found = {Path("README.md"): Path("index.md")}
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        found[Path(name)] = Path(name.lower())
    for path in sorted((root / "docs").rglob("*.md")):
        own = path.relative_to(root)
        place = own.relative_to("docs")
        found[own] = place.with_name("index.md") if place.name == "README.md" else place
    for path in sorted(root.glob("connectors/*/README.md")):
        found[path.relative_to(root)] = Path("systems") / f"{path.parent.name}.md"
    return found


def turned(text: str, page: Path, where: Mapping[Path, Path], root: Path = ROOT) -> str:
    """A page with its links turned: to pages and pictures of the site; to others, none."""

    def turn(match: re.Match[str]) -> str:
        label, target = match[1], match[2]
        address, hash_, anchor = target.partition("#")
        if not address or re.match(r"[a-z]+:", address):
            return match[0]
        own = Path(os.path.normpath(page.parent / address))
        goes_to = where.get(own)
        if goes_to is None and own.suffix in {".png", ".svg"}:
            goes_to = own.relative_to("docs")
        if goes_to is None:
            return label.removeprefix("!")[1:-1] if not label.startswith("!") else ""
        link = os.path.relpath(goes_to, where[page].parent)
        return f"{label}({link}{hash_}{anchor})"

    assert (root / page).exists(), page
    return LINK.sub(turn, text)


def navigation(where: Mapping[Path, Path]) -> list[dict[str, list[str]]]:
    """The pages by heading; what no heading names comes last, so that nothing is lost."""
    left = dict(where)
    made = []
    for heading, patterns in NAVIGATION.items():
        pages = [page for pattern in patterns for page in _matching(pattern, left)]
        if pages:
            made.append({heading: [str(left.pop(page)) for page in pages]})
    if left:
        made.append({REST: [str(place) for place in left.values()]})
    return made


def _matching(pattern: str, left: Mapping[Path, Path]) -> Iterator[Path]:
    yield from (page for page in left if page.match(pattern))


def assemble(folder: Path, root: Path = ROOT) -> Path:
    """Put pages and pictures into a folder; the configuration that builds them."""
    where = places(root)
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    for page, place in where.items():
        (source / place).parent.mkdir(parents=True, exist_ok=True)
        (source / place).write_text(turned((root / page).read_text(), page, where, root))
    for picture in (*root.glob("docs/**/*.png"), *root.glob("docs/**/*.svg")):
        place = source / picture.relative_to(root / "docs")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, place)
    (source / "site.css").write_text(STYLE)
    config = folder / "mkdocs.yml"  # JSON is YAML, too
    config.write_text(json.dumps(_config(where), indent=2))
    return config


def _config(where: Mapping[Path, Path]) -> dict[str, object]:
    theme = {
        "name": "material",
        "font": False,  # nothing is fetched from anybody
        "features": ["navigation.tabs", "navigation.top", "search.highlight", "content.code.copy"],
        "palette": [
            {"media": "(prefers-color-scheme: light)", "scheme": "default"},
            {"media": "(prefers-color-scheme: dark)", "scheme": "slate"},
        ],
    }
    return {
        "site_name": "CSI pipeline",
        "docs_dir": "source",
        "site_dir": "site",
        "use_directory_urls": False,  # the site opens from a folder, too
        "theme": theme,
        "extra_css": ["site.css"],
        "plugins": ["search"],
        "markdown_extensions": ["admonition", "tables", "toc", "fenced_code"],
        "validation": {"links": {"anchors": "warn", "not_found": "warn"}},
        "nav": navigation(where),
    }


def built(config: Path) -> bool:
    """Whether the site could be built without a warning; warnings are told."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, check=False, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
    return done.returncode == 0


def main() -> int:
    """Build the site below `out/docs`; its exit code."""
    folder = ROOT / "out" / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    if not built(assemble(folder)):
        return 1
    sys.stdout.write("out/docs/site/index.html\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
