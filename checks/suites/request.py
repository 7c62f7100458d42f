"""What is expected of service requests."""

from checks.expectations import Expectation, Facts, between, in_order, mapped, plausible_time
from checks.suites.record import keys, texts


def service_requests(facts: Facts) -> tuple[Expectation, ...]:
    """Keys, time order, codes and text."""
    return (
        *keys(facts),
        plausible_time(facts, "opened_at"),
        plausible_time(facts, "resolved_at"),
        in_order("opened_at", "resolved_at"),
        in_order("opened_at", "closed_at"),
        mapped(facts, "state"),
        between("priority", 1, 5, remedy="map the priority codes to 1 (highest) to 5"),
        *texts(facts, "title", "description", "catalogue_item"),
    )
