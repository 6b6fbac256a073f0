"""Who the caller is."""

import strawberry

from permissions.principal import PrincipalKind
from permissions.resources import Resource
from schema.access import TypeAccess, access_of
from schema.context import PrismInfo
from schema.engine.fields import METADATA_KEY, Lookup
from schema.engine.selection import RowSelection
from schema.enums import describe_enum
from schema.reveal_alerts import ALERTED, Alert, alerts
from schema.types import UserRef

_KINDS = {
    "ANONYMOUS": "Nobody in particular: no credential was sent.",
    "USER": "A person who works here.",
    "PARTNER": "A partner's server.",
}
describe_enum(PrincipalKind, "The kinds of callers.", _KINDS)


@strawberry.type(description="A role of the active policy.")
class Role:
    """A role the caller has."""

    name: str = strawberry.field(description="The role's stable name, such as sales_manager.")
    label: str = strawberry.field(description="What people call the role.")


def _viewer_user(info: PrismInfo) -> UserRef | None:
    key = info.context.principal.user_id
    return None if key is None else RowSelection(Resource.USER, key, optional=True)  # type: ignore[return-value]


@strawberry.type(description="You, as this graph knows you.")
class Viewer:
    """The principal who asks."""

    is_authenticated: bool = strawberry.field(description="Whether your credential was accepted.")
    kind: PrincipalKind = strawberry.field(description="What kind of caller you are.")
    roles: list[Role] = strawberry.field(description="Your roles; what you see is their union.")
    token_scopes: list[str] | None = strawberry.field(
        description="The scopes your credential is limited to; null when it is not."
    )
    access: list[TypeAccess] = strawberry.field(
        resolver=access_of, description="What you may do and see, type by type and field by field, and why."
    )
    alerts: list[Alert] = strawberry.field(
        resolver=alerts,
        description="What you were told of, the newest first: for managers and auditors.",
        metadata=ALERTED.metadata,
    )
    user: UserRef | None = strawberry.field(
        resolver=_viewer_user,
        description="You among your colleagues; null for a partner's server.",
        metadata={METADATA_KEY: Lookup(Resource.USER)},
    )


def current_viewer(info: PrismInfo) -> Viewer:
    """Return the caller as a viewer."""
    context = info.context
    scopes = context.principal.token_scopes
    return Viewer(
        is_authenticated=context.principal.kind is not PrincipalKind.ANONYMOUS,
        kind=context.principal.kind,
        roles=[Role(name=role.name, label=role.label) for role in context.roles],
        token_scopes=None if scopes is None else sorted(scopes),
    )
