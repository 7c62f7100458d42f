"""The fakes there are: one for every system, and more where a system comes in several kinds."""

from collections.abc import Mapping

from tests.conformance.fake_bmc_helix import BmcHelixFake
from tests.conformance.fake_cherwell import CherwellFake
from tests.conformance.fake_freshservice import FreshserviceFake
from tests.conformance.fake_glpi import GlpiFake
from tests.conformance.fake_itop import ItopFake
from tests.conformance.fake_jira import JiraDataCenterFake, JiraFake
from tests.conformance.fake_rt import RtFake
from tests.conformance.fake_sample import SampleFake
from tests.conformance.fake_servicenow import ServiceNowFake
from tests.conformance.fakes import Fake, FilesFake, Trouble

FAKES: Mapping[str, type[Fake]] = {
    "bmc_helix": BmcHelixFake,
    "cherwell": CherwellFake,
    "files": FilesFake,
    "freshservice": FreshserviceFake,
    "glpi": GlpiFake,
    "itop": ItopFake,
    "jira": JiraFake,
    "jira_data_center": JiraDataCenterFake,
    "rt": RtFake,
    "sample": SampleFake,
    "servicenow": ServiceNowFake,
}
"""The fakes by name; `Fake.system` is the system's name in the registry."""


def able_to(*troubles: Trouble) -> list[str]:
    """The fakes that can do all of these."""
    return sorted(name for name, fake in FAKES.items() if fake.troubles.issuperset(troubles))
