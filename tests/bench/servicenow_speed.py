"""How fast the practice ServiceNow server is: `python -m tests.bench.servicenow_speed`.

The server runs in a process of its own; pages are walked by id and not parsed, so that the time is
the server's.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlencode, urlsplit

from simulator.servicenow.tables import TABLES

SERVE = """
import gc, resource, sys, time
from pathlib import Path
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
settings = EstateSettings(n_incidents=int(sys.argv[1]), n_weeks=26, seed=1)
begun = time.process_time()
with ServiceNowServer(settings, directory=Path(sys.argv[2])) as server:
    gc.freeze()
    gc.set_threshold(200_000)
    made_s = round(time.process_time() - begun, 1)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size_mb = server.instance.path.stat().st_size // 10**6
    print(server.url, server.api_key, made_s, peak_mb, size_mb, flush=True)
    for line in sys.stdin:
        print(time.process_time(), flush=True)
"""
_IDS = re.compile(rb'"sys_id":\{"display_value":"([0-9a-f]{32})"')


class Server(NamedTuple):
    """A server in another process: where it is, its key, and the pipes to ask for its CPU time."""

    url: str
    key: str
    say: IO[str]
    hear: IO[str]

    def cpu_s(self) -> float:
        """CPU time it has used so far, in seconds."""
        self.say.write("\n")
        self.say.flush()
        return float(self.hear.readline())


def walk(server: Server, table: str, n_fields: int, size: int, most: int) -> None:
    """Read a table by id and print how fast it came."""
    address = urlsplit(server.url)
    connection = HTTPConnection(str(address.hostname), address.port, timeout=60)
    fields = [field.name for field in TABLES[table].fields][:n_fields]
    begun, used, n, n_bytes, last = time.perf_counter(), server.cpu_s(), 0, 0, ""
    while n < most:
        parameters = {
            "sysparm_query": f"sys_id>{last}^ORDERBYsys_id",
            "sysparm_limit": size,
            "sysparm_no_count": "true",
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
            "sysparm_fields": ",".join(fields),
        }
        path = f"/api/now/table/{table}?{urlencode(parameters)}"
        connection.request("GET", path, headers={"x-sn-apikey": server.key})
        body = connection.getresponse().read()
        ids = _IDS.findall(body)
        if not ids:
            break
        n, n_bytes, last = n + len(ids), n_bytes + len(body), ids[-1].decode()
    lasted, used = time.perf_counter() - begun, server.cpu_s() - used
    print(
        f"{table}: {n:,} rows of {len(fields)} fields, {size:,} a page: "
        f"{n / lasted:,.0f} rows/s by the clock, {n / used:,.0f} rows per second of the server's "
        f"CPU time, {n_bytes / n:,.0f} bytes a row"
    )
    connection.close()


def main() -> None:
    """Make an estate, serve it, and read the big tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=20_000)
    parser.add_argument("--page", type=int, default=1_000)
    parser.add_argument("--keep", type=Path, help="where the tables are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", SERVE, str(given.incidents), str(given.keep or folder)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            url, key, made_s, peak_mb, size_mb = process.stdout.readline().split()
            print(
                f"{given.incidents:,} incidents made in {made_s} s of CPU time; {peak_mb} MB at "
                f"the peak, a file of {size_mb} MB"
            )
            server = Server(url, key, process.stdin, process.stdout)
            for table, n_fields in (("incident", 45), ("sys_audit", 12), ("task_sla", 24)):
                walk(server, table, n_fields, given.page, 100_000)
            process.stdin.close()


if __name__ == "__main__":
    main()
