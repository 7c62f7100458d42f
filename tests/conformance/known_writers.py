"""The fakes for writers: one for every system that can be written to."""

from collections.abc import Mapping

from tests.conformance.writer_bmc_helix import BmcHelixWriterFake
from tests.conformance.writer_cherwell import CherwellWriterFake
from tests.conformance.writer_fakes import WriterFake
from tests.conformance.writer_freshservice import FreshserviceWriterFake
from tests.conformance.writer_glpi import GlpiWriterFake
from tests.conformance.writer_itop import ItopWriterFake
from tests.conformance.writer_jira import JiraDataCenterWriterFake, JiraWriterFake
from tests.conformance.writer_rt import RtWriterFake
from tests.conformance.writer_servicenow import ServiceNowWriterFake

WRITERS: Mapping[str, type[WriterFake]] = {
    "bmc_helix": BmcHelixWriterFake,
    "cherwell": CherwellWriterFake,
    "freshservice": FreshserviceWriterFake,
    "glpi": GlpiWriterFake,
    "itop": ItopWriterFake,
    "jira": JiraWriterFake,
    "jira_data_center": JiraDataCenterWriterFake,
    "rt": RtWriterFake,
    "servicenow": ServiceNowWriterFake,
}
"""The fakes by name; `WriterFake.system` is the system's name in the registry."""
