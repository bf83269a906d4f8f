"""One command that starts the server on the peer survey and writes N personal links to a file.

python -m benchmarks.serve_peer --links links.txt -n 1000
python -m benchmarks.serve_peer --links links.txt -n 1000 --database postgresql+psycopg://...

Point any load generator at the links: GET a link; POST `go=begin` with the form's csrf_token to it;
POST each page to LINK/PAGE with `go=next`; POST `go=send` to LINK/~. Every reply is the next page.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

from benchmarks import peer
from survey_app.serving.processes import listener, serve, usual_processes
from survey_app.settings import Settings
from survey_app.store.engine.database import Database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--links", type=Path, required=True, help="file to write the links to")
    options.add_argument("-n", type=int, default=1000, help="how many links")
    options.add_argument("--database", help="URL of the store; a new SQLite file without it")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--processes", type=int, default=usual_processes())
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cchc-peer"))
    url = given.database or f"sqlite:///{folder / 'peer.sqlite3'}"
    address = f"http://{given.host}:{given.port}"
    with closing(Database(url)) as database:
        links = [f"{address}/p/{token}" for token in peer.field(database, given.n)]
    given.links.write_text("\n".join(links) + "\n", encoding="utf-8")
    heard = listener(given.host, given.port)
    print(f"{address}, {given.n} links in {given.links}, store {folder}", flush=True)
    serve(Settings(folder, url, peer.secret_key(folder)), heard, given.processes)


if __name__ == "__main__":
    main()
