"""A server on loopback that sends the bytes it is given, one response after the other, and notes what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Final

STALL: Final = b"\0stall"
"""At the end of a response: send no more, and keep the connection until the client goes."""
CLOSE: Final = b"\0close"
"""At the end of a response: end the connection."""


@dataclass
class Script:
    """What a server was asked for: the address to ask, the requests with their bodies, the number of connections."""

    address: str = ""
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0


def wire(status: int, body: bytes = b"", *fields: str, media_type: str = "application/problem+json") -> bytes:
    """Return a response that leaves the connection open."""
    head = [f"HTTP/1.1 {status} Word", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body


class _Handler(StreamRequestHandler):
    timeout = 20  # seconds; only a client that forgets a connection gets there
    server: "_Server"

    def handle(self) -> None:
        self.server.script.connections += 1
        try:
            while self._answer():
                pass
        except OSError:
            pass  # the client went away

    def _answer(self) -> bool:
        """Answer a request, and tell whether the connection goes on."""
        while not select([self.connection], [], [], 0.02)[0]:
            if self.server.is_over:  # the client keeps the connection for a next request, which will not come
                return False
        head = [*iter(lambda: self.rfile.readline().strip().decode("latin-1"), "")]
        if not head:
            return False
        self.server.script.requests.append((head[0].rpartition(" ")[0], self._body(head[1:])))
        response = self.server.next_response()
        self.wfile.write(response.removesuffix(STALL).removesuffix(CLOSE))
        if response.endswith(STALL):
            self.rfile.read(1)
        return not response.endswith((STALL, CLOSE))

    def _body(self, fields: list[str]) -> bytes:
        named = dict(line.lower().split(": ", 1) for line in fields)
        if "chunked" in named.get("transfer-encoding", ""):
            return b"".join(self._chunks())
        return self.rfile.read(int(named.get("content-length", 0)))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()


class _Server(ThreadingTCPServer):
    block_on_close = True

    def __init__(self, responses: tuple[bytes, ...]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = Script(f"http://127.0.0.1:{self.server_address[1]}")
        self.is_over = False
        self._left = list(responses)

    def next_response(self) -> bytes:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


@contextmanager
def scripted(*responses: bytes) -> Iterator[Script]:
    """Serve responses in their order, the last of them for ever."""
    with _Server(responses) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.script
        finally:
            server.is_over = True
            server.shutdown()
            thread.join()
