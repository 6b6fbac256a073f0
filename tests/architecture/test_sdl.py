"""The schema as client developers read it: described throughout, and the same as the committed copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from backend.database import BASE_DIR
from schema.engine.fields import NOUNS
from schema.schema import ProjectedSchema

SDL = Path(BASE_DIR, "schema/schema.graphql").read_text(encoding="utf-8")
SHORTEST = len("Now.")
# Lists of records, which have one order, the newest first, and no search.
RECORDS = {"AuditReadConnection", "AuditChangeConnection", "AccessLogConnection"}


@pytest.fixture(scope="module")
def whole() -> GraphQLSchema:
    """Return the schema of everything there is."""
    return ProjectedSchema(None)._schema


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yield each type, field, argument, input field, enum value and directive with its description."""
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", each.description) for value, each in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field.description
                for argument, each in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument}:)", each.description
    for directive in schema.directives:
        if not is_specified_directive(directive):
            yield f"@{directive.name}", directive.description


def test_the_committed_copy_is_the_schema_of_this_code(whole: GraphQLSchema) -> None:
    assert ProjectedSchema(None).as_str() + "\n" == SDL


def test_the_committed_copy_can_be_read_back(whole: GraphQLSchema) -> None:
    assert set(build_schema(SDL).type_map) >= set(whole.type_map) - {"__Schema"}


def test_everything_a_client_meets_is_described(whole: GraphQLSchema) -> None:
    missing = [place for place, text in described(whole) if not text or len(text) < SHORTEST]
    assert missing == []


def test_descriptions_are_sentences(whole: GraphQLSchema) -> None:
    assert [place for place, text in described(whole) if text and text.rstrip()[-1] not in ".:)"] == []


def test_custom_scalars_name_their_specification(whole: GraphQLSchema) -> None:
    scalars = [kind for kind in whole.type_map.values() if isinstance(kind, GraphQLScalarType)]
    custom = [kind for kind in scalars if not is_specified_scalar_type(kind)]
    assert len(custom) >= 5
    assert [kind.name for kind in custom if not (kind.specified_by_url or "").startswith("https://")] == []


def test_gated_fields_are_nullable_and_say_so_in_words(whole: GraphQLSchema) -> None:
    gated = 0
    for kind in whole.type_map.values():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            if "Sensitive (" in (field.description or ""):
                gated += 1
                assert not isinstance(field.type, GraphQLNonNull), f"{kind.name}.{name}"
    assert gated == SDL.count(" @sensitive(category: ") - SDL.count("directive @sensitive(category: ")
    assert gated > 10


def test_connections_take_the_same_arguments_everywhere(whole: GraphQLSchema) -> None:
    searched = {noun.type_name for noun in NOUNS.all() if noun.search_columns}
    assert 0 < len(searched) < len(NOUNS.all())
    for kind in whole.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if (named := str(field.type).rstrip("!")).endswith("Connection"):
                    if named in RECORDS:
                        continue
                    search = ["search"] if named.removesuffix("Connection") in searched else []
                    expected = ["first", "after", "last", "before", "orderBy", "filter", *search]
                    assert list(field.args) == expected, f"{kind.name}.{name}"
