"""Running the demo as a server."""

import errno
import logging
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn

from errata.demo._app import CASES, SYSTEMS, StartError, build, open_world
from errata.demo._cases import Case, curl_line
from errata.demo._world import World


def serve(host: str = "127.0.0.1", port: int = 8000, data: Path | None = None) -> int:
    """Run the demo until it is told to end (Ctrl-C, SIGTERM); returns the exit code.

    The rows are kept in the folder `data`, or in a temporary one. Port 0 takes any
    free port.
    """
    with ExitStack() as opened:
        try:
            listener = opened.enter_context(listen(host, port))
            world = opened.enter_context(open_world(data))
        except StartError as error:
            print(error, file=sys.stderr)  # noqa: T201 - for whoever started it
            return 2
        served = server(world)
        opened.enter_context(_ended_by_signals(served))
        print(greeting(url_of(listener), world), flush=True)  # noqa: T201 - for whoever started it
        _show_errors()
        served.run(sockets=[listener])
    return 0


def server(world: World) -> uvicorn.Server:
    """Return a server for the demo, to be run on sockets that listen already."""
    return uvicorn.Server(uvicorn.Config(build(world), log_config=None, access_log=False, timeout_graceful_shutdown=3))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port < 65536:
        raise StartError(f"there is no port {port}; take one below 65536: --port")
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {port} on {host} is in use; end what uses it, or take another: --port") from None
        reason = str(error).partition(" (while")[0]
        raise StartError(f"cannot listen on {host!r} port {port}: {reason}; take others: --host, --port") from None


def url_of(listener: socket.socket) -> str:
    """Return the address that a socket listens on."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def running() -> Generator[str]:
    """Run a demo of its own on a free port of this machine; gives its address."""
    with listen("127.0.0.1", 0) as listener, open_world() as world:
        served = server(world)
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield url_of(listener)
        finally:
            served.should_exit = True
            thread.join()


@contextmanager
def _ended_by_signals(served: uvicorn.Server) -> Generator[None]:
    """Let the server end by a signal, also before it listens for signals, and the program go on after it.

    uvicorn handles signals while it runs, and sends itself the last one again when it has ended.
    """

    def end(*_: object) -> None:
        served.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_errors() -> None:
    """Print one line for each error answered, with its trace id."""
    logger = logging.getLogger("errata")
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.INFO)


# ---- what people read first ----


def greeting(url: str, world: World) -> str:
    """Return what is printed when the demo starts."""
    lines = [f"The errata demo listens on {url}/ (Ctrl-C ends it)", f"Its rows are in {world.database}", ""]
    for system in SYSTEMS:
        lines.append(f"{system.name}: {url}{system.mount} (described in {url}{system.mount}/openapi.json)")
        for what, header in system.credentials:
            lines += [f"    {what}:", *(f"        {field}" for field in header.splitlines())]
    first, second, *others = [f"    {curl_line(case, url)}" for case in _shown()]
    return "\n".join([*lines, "", "Try:", first, f"{second} | errata explain", *others])


def _shown() -> list[Case]:
    """Return an error of each of three systems: one that needs nothing to be set up and is no mere missing login."""
    plain = [case for case in CASES if case.status >= 400 and case.status != 401 and not (case.before or case.body)]
    return list({case.system: case for case in reversed(plain)}.values())[::-1][:3]
