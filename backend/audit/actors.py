"""Who does something that goes on record, and from where."""

import getpass
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from backend.audit.canonical import Value
from backend.audit.changes import Change
from permissions.principal import Principal, PrincipalKind

# The kind of whoever works at the machine itself, past every policy.
COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: the client's own name, its address, the id by which logs and records name it, and
    the operation's name.
    """

    client: str
    ip: str
    request_id: str
    operation: str = ""


NOWHERE = Origin("", "", "")


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes something: a principal by key, or, without one, a command of this installation."""

    kind: str
    id: uuid.UUID | None = None
    roles: tuple[str, ...] = ()
    origin: Origin = NOWHERE

    @property
    def user_id(self) -> uuid.UUID | None:
        """The key of the person, if it is one."""
        return self.id if self.kind == PrincipalKind.USER else None

    def change(self, action: str, resource: str, row_id: uuid.UUID, changes: Mapping[str, Value]) -> Change:
        """Return the record of one write of theirs, for `record_change`."""
        return Change(
            principal_kind=self.kind,
            principal_id=self.id,
            roles=self.roles,
            client=self.origin.client,
            ip=self.origin.ip,
            request_id=self.origin.request_id,
            operation=self.origin.operation,
            action=action,
            resource=resource,
            row_id=row_id,
            changes=changes,
        )


def actor_of(principal: Principal, origin: Origin) -> Actor:
    """Return a principal as somebody who changes something."""
    key = principal.user_id or principal.partner_id
    return Actor(principal.kind.value, key, tuple(sorted(principal.roles)), origin)


def command_actor(command: str) -> Actor:
    """Return whoever runs a management command, by the name their account has on this machine."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # An account without a name, as containers have them.
        account = "an unnamed account"
    return Actor(COMMAND, origin=Origin(f"the command {command}, by {account}", "", ""))
