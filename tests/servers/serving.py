"""Real servers on free ports, for as long as a block lasts."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from tests.servers.wire import App

SECONDS: Final = 20.0  # a bound for what hangs, never waited for


@contextmanager
def serving(app: App) -> Iterator[int]:
    """Run uvicorn with an ASGI application; yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(SECONDS)
    listening.close()
    assert not thread.is_alive()


@contextmanager
def gunicorn(factory: str) -> Iterator[int]:
    """Run gunicorn with a WSGI application, `package.module:make(...)`, in a process of its own; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        quiet = ["--log-level", "critical", "--no-control-socket"]
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", *quiet, factory]
        process = subprocess.Popen(command, pass_fds=[listening.fileno()])
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            process.wait(SECONDS)
