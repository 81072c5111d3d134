"""Real servers on free ports, for as long as a block lasts."""

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from aiohttp import web

from tests.servers.wire import App

SECONDS: Final = 20.0  # a bound for what hangs, never waited for


@contextmanager
def serving(app: App) -> Iterator[int]:
    """Run uvicorn with an ASGI application; yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        listening.close()
    assert not thread.is_alive()


@contextmanager
def aiohttp_serving(app: web.Application, debug: bool = False) -> Iterator[int]:
    """Run an application of aiohttp in a thread of its own; yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        done = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(done.set))
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        ready.set()
        await done.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(run(), debug=debug), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    try:
        yield listening.getsockname()[1]
    finally:
        stop[0]()
        thread.join(SECONDS)
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


def talk(port: int, sent: bytes) -> bytes:
    """Send bytes, and return all that come back until the server ends the connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        connection.sendall(sent)
        while part := connection.recv(65536):
            received += part
    return received
