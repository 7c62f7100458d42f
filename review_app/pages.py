"""The templates: everything escaped, nothing fetched from anywhere."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.charts import control_chart_svg
from reports.model import ControlChart
from reports.numbers import number
from reports.text import printable
from review_app.assets import Assets
from review_app.identity.actors import current
from review_app.identity.csrf import csrf_field
from review_app.navigation import PLACES
from review_app.parts import ReviewParts


class Pages:
    """Renders the pages of one installation.

    Every template knows `actor`, who is asking, and `csrf_field()`, which each of its forms that
    changes something must hold.
    """

    def __init__(self, parts: ReviewParts, assets: Assets) -> None:
        self.assets = assets
        self._environment = Environment(
            loader=PackageLoader("review_app", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_printable,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "control_chart": control_chart_svg,
            "chart_rows": _chart_rows,
            "percent": _percent,
        }
        self._environment.globals |= {
            "organisation": parts.organisation,
            "language": parts.language,
            "config": parts.config,
            "asset": assets.address,
            "faces": assets.faces,
            "csrf_field": csrf_field,
            "can_log_in": parts.access is not None,
            "places": PLACES,
        }

    def page(self, name: str, /, **values: object) -> str:
        """A page by the name of its template."""
        return self._environment.get_template(f"{name}.html.j2").render(
            actor=current().actor, **values
        )


def _printable(value: object) -> object:
    """A last guard: whatever text reaches a page holds no control or hidden characters."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    return value


def _chart_rows(chart: ControlChart) -> list[tuple[str, str]]:
    """The weeks of a chart with their values, the newest first."""
    pairs = list(zip(chart.weeks, chart.values, strict=True))
    return [(week, "–" if value is None else number(value)) for week, value in reversed(pairs)]


def _percent(share: float) -> str:
    return f"{max(share, 0.01) * 100:.0f}"
