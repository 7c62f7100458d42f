"""The API against whatever its document allows, and what it does not: nothing makes it fail."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flows.settings import load_settings
from flows.web import listening, review_parts, server_config
from flows.wiring import Parts, build
from itsm.access import AppRole
from review_app.identity.administering import Administering, Wanted
from review_app.identity.browser import utc_now
from tests.review_app.desk import candidate, land, members_of, mine

pytestmark = pytest.mark.slow
EVERY_ROLE = frozenset(AppRole)
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def installation(folder: Path) -> tuple[Parts, str]:
    """A mined week, and a token of somebody who may do everything."""
    parts = build(load_settings(given={"zone": "Europe/London"}), folder)
    some = [candidate(f"PC-{n}") for n in range(3)]
    land(parts.store, members_of(*some))
    mine(parts.store, "2026-W46", some)
    desk = Administering(parts.store, "", utc_now)
    account = desk.add("ada", Wanted(roles=EVERY_ROLE)).account
    with parts.store.begin() as uow:
        own = replace(account, must_change=False, password_until=None)
        uow.accounts.put(own, "", seen=account.version, at=utc_now())
        uow.commit()
    return parts, desk.token("ada", "fuzz", EVERY_ROLE, 1)[1]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    """The document of an installation that is served."""
    parts, token = installation(tmp_path_factory.mktemp("fuzzed"))
    with listening("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(server_config(review_parts(parts, Path("csi.toml")), port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        bearer = {"Authorization": f"Bearer {token}"}
        address = f"http://127.0.0.1:{port}/api/v1/openapi.json"
        try:
            loaded = schemathesis.openapi.from_url(address, headers=bearer, wait_for_schema=30)
            yield loaded, bearer
        finally:
            server.should_exit = True
            thread.join(20)


def wrong_with(operation: Any, bearer: dict[str, str], statuses: Counter[int]) -> str:
    """What an operation does wrong with what hypothesis thinks of; "" for nothing."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy())
    def holds(case: Case[Any]) -> None:
        answer = case.call_and_validate(headers=bearer, checks=list(CHECKS), timeout=60)
        statuses[answer.status_code] += 1

    try:
        holds()
    except (FailureGroup, Failure) as error:
        return f"{operation.label}: {error}"
    return ""


def test_no_request_makes_the_api_fail(api: tuple[Any, dict[str, str]]) -> None:
    loaded, bearer = api
    operations = [found.ok() for found in loaded.get_all_operations()]
    assert len(operations) > 20
    statuses: Counter[int] = Counter()
    wrong = [told for one in operations if (told := wrong_with(one, bearer, statuses))]
    assert wrong == []
    assert statuses[401] == 0 and statuses[403] == 0, "the token opens everything"
    assert statuses[200] > 20 and statuses[422] > 20, statuses
