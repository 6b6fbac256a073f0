"""Where a request comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The client's own name, its address, and the id by which logs and records name the request."""

    client: str
    ip: str
    request_id: str


NOWHERE = Origin("", "", "")
