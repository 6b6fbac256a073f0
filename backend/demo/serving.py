"""The demo's HTTP server: one process on the loopback address."""

import socket

import uvicorn

from backend.errors import SetupError

HOST = "127.0.0.1"
# A browser's idle connections must not keep a person waiting after Ctrl-C.
GRACE_SECONDS = 2


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


def serve(listener: socket.socket) -> None:
    """Serve Prism on `listener` until Ctrl-C or SIGTERM, then return once open requests are answered."""
    config = uvicorn.Config(
        "backend.asgi:application",
        loop="uvloop",
        http="httptools",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listener])
    except (KeyboardInterrupt, SystemExit):
        # uvicorn raises the signal again after its shutdown; before its start, it is the start that failed.
        if not server.started:
            raise
