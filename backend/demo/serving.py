"""The demo's HTTP server: one process on the loopback address."""

import signal
import socket
from collections.abc import Callable

import uvicorn

from backend.errors import SetupError

HOST = "127.0.0.1"
# A browser's idle connections must not keep a person waiting after Ctrl-C.
GRACE_SECONDS = 2
ENDINGS = {signal.SIGINT, signal.SIGTERM}


def open_port(port: int) -> socket.socket:
    """Return a socket bound to `port` on the loopback address, or to a free one when `port` is 0.

    It is held from before the slow part of the start, so nobody can take the port in between.
    Raises: SetupError.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # Linux lets two sockets bind one port under SO_REUSEADDR, and refuses the second that listens.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SetupError(f"Port {port} on {HOST} cannot be used ({error.strerror}): choose another.") from error
    return listener


class DemoServer(uvicorn.Server):
    """A server that says when it serves."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, say so, and listen to signals again."""
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)


def serve(listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve Prism on `listener`, call `ready` once it does, and return after Ctrl-C or SIGTERM."""
    config = uvicorn.Config(
        "backend.asgi:application",
        loop="uvloop",
        http="httptools",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = DemoServer(config, ready)
    # Until uvicorn has its handlers in place a signal would tear the event loop's making apart: it waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        server.run(sockets=[listener])
    except (KeyboardInterrupt, SystemExit):
        # uvicorn raises the signal again after its shutdown; before its start, it is the start that failed.
        if not server.started:
            raise
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
