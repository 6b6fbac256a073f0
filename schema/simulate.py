"""`simulateAccess`: what an operation would show a role or a person, without running it. No row is read for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import strawberry
from asgiref.sync import sync_to_async
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
    validate,
)

from backend.identity.principals import load_principal
from backend.identity.tokens import Subject, SubjectKind
from permissions.errors import ErrorCode
from permissions.resources import Resource
from permissions.view import CellLevel, View
from schema.access import level_of, may_reveal
from schema.columns import cells_of
from schema.context import PrismInfo
from schema.engine.compiler import MAX_DEPTH, MAX_SELECTED_FIELDS
from schema.engine.documents import MAX_TOKENS
from schema.engine.fields import NOUNS, Gated
from schema.errors import ClientError, not_found
from schema.policy import READ, stored_version
from schema.policy_diff import policy_in
from schema.relay import decode_id


@strawberry.type(description="One place of the response.")
class SimulatedPath:
    """What would stand at a path."""

    path: str = strawberry.field(description="The path in the response, without positions in lists.")
    type: str = strawberry.field(description="The type the field is of.")
    level: CellLevel = strawberry.field(description="What would be shown there; ABSENT where there is no such field.")
    category: str | None = strawberry.field(description="What kind of secret the field holds; null for a plain one.")
    mask: str | None = strawberry.field(description="How it would be masked; null for a plain field.")
    is_revealable: bool = strawberry.field(description="Whether a masked value could be asked for.")


@strawberry.type(description="What an operation would show somebody.")
class AccessSimulation:
    """An operation, looked at with somebody else's eyes."""

    roles: list[str] = strawberry.field(description="The roles that count, of those the policy knows.")
    is_accepted: bool = strawberry.field(description="Whether the operation would run at all.")
    errors: list[str] = strawberry.field(description="Why not, in the words the caller would read.")
    paths: list[SimulatedPath] = strawberry.field(description="What would stand where, each path once a type.")


async def simulate_access(
    info: PrismInfo,
    operation: Annotated[str, strawberry.argument(description="A document with one operation.")],
    role: Annotated[str | None, strawberry.argument(description="A role, or else a user.")] = None,
    user: Annotated[strawberry.ID | None, strawberry.argument(description="The id of a user, or else a role.")] = None,
    version: Annotated[
        int | None, strawberry.argument(description="The number of a version; the one in force unless told.")
    ] = None,
) -> AccessSimulation | None:
    """Look at an operation with somebody else's eyes."""
    READ.require(info)
    policy = None if version is None else await sync_to_async(lambda: policy_in(stored_version(version)))()
    roles = await _roles(info, role, user)
    document, operation_node = _parsed(operation)
    view, schema = await info.context.projector.projected(roles, None, policy)
    if role is not None and role not in view.roles:
        raise ClientError(ErrorCode.BAD_USER_INPUT, "The policy knows no such role.")
    walk = _Walk(view, schema, await info.context.projector.whole(), _fragments(document))
    try:
        errors = validate(schema, document, max_errors=20)
        walk.operation(operation_node)
    except RecursionError as error:
        raise _too_complex() from error
    return AccessSimulation(
        roles=list(view.roles),
        is_accepted=not errors,
        errors=[error.message for error in errors],
        paths=list(walk.found.values()),
    )


async def _roles(info: PrismInfo, role: str | None, user: str | None) -> frozenset[str]:
    match role, user:
        case str(), None:
            return frozenset({role})
        case None, str():
            return await _roles_of(info, user)
        case _:
            raise ClientError(ErrorCode.BAD_USER_INPUT, "Name a role or a user.")


async def _roles_of(info: PrismInfo, user: str) -> frozenset[str]:
    """Return the roles of a user the asker may see among all; whoever may not is told of none."""
    _, key = decode_id(user, expected="User")
    if not info.context.view.sees(Resource.USER):
        raise not_found()
    principal = await sync_to_async(load_principal)(Subject(SubjectKind.USER, key))
    if principal is None:
        raise not_found()
    return principal.roles


def _parsed(text: str) -> tuple[DocumentNode, OperationDefinitionNode]:
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"The operation cannot be read: {error.message}") from error
    except RecursionError as error:
        raise _too_complex() from error
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1:
        raise ClientError(ErrorCode.BAD_USER_INPUT, "The document must hold one operation.")
    return document, operations[0]


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    found = (each for each in document.definitions if isinstance(each, FragmentDefinitionNode))
    return {each.name.value: each for each in found}


@dataclass
class _Walk:
    """Goes through an operation over the whole schema, and looks each field up in the view's.

    Fragments are followed where they are spread, and every step counts: a document that spreads fragments into
    fragments ends here as it would when it is run.
    """

    view: View
    schema: GraphQLSchema
    whole: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    found: dict[tuple[str, str], SimulatedPath] = field(default_factory=dict)
    _steps: int = 0
    _inside: tuple[str, ...] = ()

    def operation(self, operation: OperationDefinitionNode) -> None:
        """Walk an operation."""
        root = self.whole.get_root_type(OperationType(operation.operation))
        if root is not None:
            self._selections(operation.selection_set, root, ())

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType, path: tuple[str, ...]) -> None:
        for selection in selections.selections:
            self._count(path)
            match selection:
                case FieldNode():
                    self._field(selection, parent, path)
                case FragmentSpreadNode():
                    self._spread(selection.name.value, path)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    inner = self.whole.get_type(condition.name.value) if condition else parent
                    if inner is not None:
                        self._selections(selection.selection_set, inner, path)

    def _spread(self, name: str, path: tuple[str, ...]) -> None:
        fragment = self.fragments.get(name)
        # A fragment inside itself is no operation; validation says so.
        if fragment is None or name in self._inside:
            return
        outside, self._inside = self._inside, (*self._inside, name)
        inner = self.whole.get_type(fragment.type_condition.name.value)
        if inner is not None:
            self._selections(fragment.selection_set, inner, path)
        self._inside = outside

    def _field(self, node: FieldNode, parent: GraphQLNamedType, path: tuple[str, ...]) -> None:
        name = node.name.value
        declared = getattr(parent, "fields", {}).get(name)
        if declared is None:
            return
        path = (*path, (node.alias or node.name).value)
        mine = self.schema.get_type(parent.name)
        if name not in getattr(mine, "fields", {}):
            self._tell(path, parent.name, name, CellLevel.ABSENT)
        elif node.selection_set is None or self._made_of(parent.name, name) is not None:
            self._tell(path, parent.name, name, CellLevel.CLEAR)
        else:
            self._selections(node.selection_set, get_named_type(declared.type), path)

    def _tell(self, path: tuple[str, ...], type_name: str, name: str, level: CellLevel) -> None:
        made_of, noun = self._made_of(type_name, name), NOUNS.by_type_name(type_name)
        sensitive = made_of.sensitive if made_of else None
        reveal = False
        if level is not CellLevel.ABSENT and made_of is not None and noun is not None:
            level = level_of(self.view, noun.resource, made_of)
            reveal = may_reveal(self.view, noun.resource, made_of)
        key = (".".join(path), type_name)
        self.found[key] = SimulatedPath(
            path=key[0],
            type=type_name,
            level=level,
            category=sensitive.category.name if sensitive else None,
            mask=sensitive.mask.name if sensitive else None,
            is_revealable=reveal,
        )

    def _made_of(self, type_name: str, name: str) -> Gated | None:
        noun = NOUNS.by_type_name(type_name)
        return None if noun is None else cells_of(noun.resource).get(name)

    def _count(self, path: tuple[str, ...]) -> None:
        self._steps += 1
        if self._steps > MAX_SELECTED_FIELDS or len(path) > 2 * MAX_DEPTH or len(self._inside) > 2 * MAX_DEPTH:
            raise _too_complex()


def _too_complex() -> ClientError:
    limits = f"An operation selects at most {MAX_SELECTED_FIELDS} fields, at most {MAX_DEPTH} objects deep."
    return ClientError(ErrorCode.OPERATION_TOO_COMPLEX, limits)
