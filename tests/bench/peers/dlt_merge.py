"""The peer: dlt's `rest_api` source merging the same pages into one table.

Run by an environment of its own: PYTHON dlt_merge.py URL_OF_FIRST_PAGE DATABASE_URL FOLDER
Prints seconds and rows.
"""

import sys
import time

import dlt
from dlt.sources.rest_api import rest_api_source


def postgresql(url: str) -> str:
    """A URL as dlt takes it: with a host, even where a folder with a socket is the host."""
    return url.replace("+psycopg", "").replace(":@/", ":none@localhost:5432/")


def main() -> None:
    """Run and tell."""
    url, database, folder = sys.argv[1:]
    base, _, path = url.rpartition("/pages/")
    source = rest_api_source(
        {
            "client": {"base_url": base, "paginator": {"type": "header_link"}},
            "resources": [
                {
                    "name": "incident",
                    "primary_key": "sys_id__value",
                    "write_disposition": "merge",
                    "max_table_nesting": 1,
                    "endpoint": {"path": f"pages/{path}", "data_selector": "result"},
                }
            ],
        }
    )
    if database.startswith("sqlite"):
        destination = dlt.destinations.sqlalchemy(credentials=database)
    else:
        destination = dlt.destinations.postgres(credentials=postgresql(database))
    pipeline = dlt.pipeline(
        pipeline_name="peer", pipelines_dir=folder, destination=destination, dataset_name="peer"
    )
    started = time.perf_counter()
    pipeline.run(source)
    seconds = time.perf_counter() - started
    n = pipeline.last_trace.last_normalize_info.row_counts["incident"]
    print(f"{seconds:.2f} {n}")


if __name__ == "__main__":
    main()
