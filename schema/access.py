"""`viewer { access }`: what the caller may do and see, type by type and field by field, and why."""

import strawberry

from permissions.explain import Reason, cell_denials, cell_reasons, row_reasons, scopes_of
from permissions.policy import Role as PolicyRole
from permissions.resources import Action, Resource
from permissions.scopes import SCOPE_MEANINGS
from permissions.view import CellLevel, View
from schema.columns import cells_of
from schema.context import PrismInfo
from schema.engine.fields import NOUNS, Gated, Noun, policy_name
from schema.enums import describe_enum

describe_enum(
    CellLevel,
    "How much of a value is shown.",
    {
        "CLEAR": "The value itself.",
        "VARIES": "It depends on the row: clear on some, masked or null on others.",
        "MASKED": "What the mask leaves of the value.",
        "ABSENT": "Nothing: null on this row, or no such field at all.",
    },
    name="AccessLevel",
)


@strawberry.type(description="One thing the policy says that decides what you see.")
class AccessReason:
    """A grant or a denial of one of the caller's roles."""

    role: str = strawberry.field(description="The role that says it, by its stable name.")
    role_label: str = strawberry.field(description="What people call the role.")
    scope: str = strawberry.field(description="The rows it speaks of, as policies name them: own, team, pool, all.")
    meaning: str = strawberry.field(description="Those rows in words.")
    level: CellLevel = strawberry.field(description="What it gives on those rows; ABSENT when it denies.")
    is_denial: bool = strawberry.field(description="Whether it takes away. A denial beats whatever a role gives.")
    text: str = strawberry.field(description="The same as a sentence.")


@strawberry.type(description="Rows you may do something with.")
class ScopeAccess:
    """A scope of the caller's grants on a type."""

    scope: str = strawberry.field(description="The scope's name, as policies write it.")
    meaning: str = strawberry.field(description="The rows in words.")
    actions: list[str] = strawberry.field(description="What you may do with these rows.")


@strawberry.type(description="What you see of one field.")
class FieldAccess:
    """A field of the caller's schema."""

    field: str = strawberry.field(description="The field's name.")
    level: CellLevel = strawberry.field(description="What you see over all the rows you may see.")
    category: str | None = strawberry.field(description="What kind of secret it holds; null for a plain field.")
    mask: str | None = strawberry.field(description="How it is masked where it is; null for a plain field.")
    is_filterable: bool = strawberry.field(description="Whether you may filter by it, on the rows where it is clear.")
    is_revealable: bool = strawberry.field(description="Whether you may ask for a masked value, with a reason.")
    reasons: list[AccessReason] = strawberry.field(description="What of your roles decides it, the most first.")


@strawberry.type(description="What you may do with one type, and see of it.")
class TypeAccess:
    """A type of the caller's schema."""

    type: str = strawberry.field(description="The type's name.")
    actions: list[str] = strawberry.field(description="What you may do with some of its rows.")
    scopes: list[ScopeAccess] = strawberry.field(description="Which rows your roles speak of.")
    fields: list[FieldAccess] = strawberry.field(description="The fields that hold values, those you may see.")


def access_of(info: PrismInfo) -> list[TypeAccess]:
    """Return the caller's access, for each type of their schema."""
    context = info.context
    nouns = [noun for noun in NOUNS.all() if context.view.sees(noun.resource)]
    return [_type_access(context.view, context.roles, noun) for noun in sorted(nouns, key=lambda noun: noun.type_name)]


def reason_of(reason: Reason) -> AccessReason:
    """Return a reason for the graph."""
    level = CellLevel[reason.level.name]
    verb = "denies" if reason.is_denial else f"gives {level.value} on"
    return AccessReason(
        role=reason.role,
        role_label=reason.label,
        scope=reason.scope.value,
        meaning=SCOPE_MEANINGS[reason.scope],
        level=level,
        is_denial=reason.is_denial,
        text=f"{reason.label} ({reason.role}) {verb} {SCOPE_MEANINGS[reason.scope]}.",
    )


def _type_access(view: View, roles: tuple[PolicyRole, ...], noun: Noun) -> TypeAccess:
    allowed = frozenset(action for action in Action if view.may(noun.resource, action))
    scopes = scopes_of(roles, noun.resource)
    return TypeAccess(
        type=noun.type_name,
        actions=sorted(allowed),
        scopes=[
            ScopeAccess(scope=scope.value, meaning=SCOPE_MEANINGS[scope], actions=sorted(actions & allowed))
            for scope, actions in sorted(scopes.items())
            if actions & allowed
        ],
        fields=[
            _field_access(view, roles, noun, name)
            for name, made_of in cells_of(noun.resource).items()
            if level_of(view, noun.resource, made_of) is not CellLevel.ABSENT
        ],
    )


def _field_access(view: View, roles: tuple[PolicyRole, ...], noun: Noun, name: str) -> FieldAccess:
    made_of = cells_of(noun.resource)[name]
    sensitive, column = made_of.sensitive, policy_name(made_of)
    askable = view.filter_cell(noun.resource, column, sensitive).level is not CellLevel.ABSENT
    return FieldAccess(
        field=name,
        level=level_of(view, noun.resource, made_of),
        category=None if sensitive is None else sensitive.category.name,
        mask=None if sensitive is None else sensitive.mask.name,
        is_filterable=name in noun.filterable and askable,
        is_revealable=sensitive is not None and may_reveal(view, noun.resource, made_of),
        reasons=[reason_of(reason) for reason in _reasons(roles, noun.resource, made_of)],
    )


def level_of(view: View, resource: Resource, made_of: Gated) -> CellLevel:
    """Return what a view that sees the resource makes of a field over all its rows."""
    return view.cell(resource, policy_name(made_of), made_of.sensitive).level


def may_reveal(view: View, resource: Resource, made_of: Gated) -> bool:
    """Whether a masked value of the field may be asked for."""
    return made_of.sensitive is not None and view.resources[resource].may_reveal(
        policy_name(made_of), made_of.sensitive
    )


def _reasons(roles: tuple[PolicyRole, ...], resource: Resource, made_of: Gated) -> list[Reason]:
    if made_of.sensitive is None:
        return list(row_reasons(roles, resource))
    denials = cell_denials(roles, resource, made_of.sensitive.category)
    return [*denials, *cell_reasons(roles, resource, policy_name(made_of), made_of.sensitive)]
