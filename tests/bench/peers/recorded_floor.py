"""The floor of a recorded pull: the same requests again, fetched and parsed, and nothing else.

    python -m tests.bench.peers.recorded_floor FOLDER URL

FOLDER is what `tests.bench.replay record` kept, URL where `serve` gives it again, or the practice
server that was recorded, which then works out its answers anew. Prints the number of requests and
of bytes.
"""

import json
import sys
from pathlib import Path

import orjson
import requests

_NOT_EXPECTED = (401, 403, 404)
"""Other refusals were recorded: a system that ends its pages with one is asked for it, too."""


def main() -> None:
    """Run and tell."""
    folder, url = Path(sys.argv[1]), sys.argv[2]
    asked = json.loads((folder / "asked.json").read_text())
    session = requests.Session()
    session.trust_env = False
    n_bytes = 0
    for method, path, body, headers in asked:
        given = body.encode("latin-1")
        answer = session.request(method, url + path, data=given, headers=headers, timeout=600)
        if answer.status_code in _NOT_EXPECTED:
            answer.raise_for_status()
        n_bytes += len(answer.content)
        if "json" in answer.headers.get("Content-Type", ""):
            orjson.loads(answer.content)
    print(f"{len(asked)} {n_bytes}")


if __name__ == "__main__":
    main()
