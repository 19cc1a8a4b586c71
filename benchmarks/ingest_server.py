"""The web server of `serve`, alone, on a port; the settings say what it serves."""

from __future__ import annotations

import sys

from integrations_project.supervisor.web import Address, load_web, run_web

if __name__ == "__main__":
    load_web()
    run_web(Address(host="127.0.0.1", port=int(sys.argv[1])))
