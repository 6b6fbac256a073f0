"""There is one way from the graph to rows, and one module that writes SQL: read from the sources themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin

from backend.database import BASE_DIR

# What gives rows without asking the view.
UNSCOPED = frozenset({"objects", "_default_manager", "_base_manager", "raw", "extra", "execute_sql"})
# (module, function): why it may.
SCOPED_BY_HAND = {
    ("schema/engine/scoping.py", "live_rows"): "every query starts here, and visible_rows narrows it at once",
    ("schema/engine/scoping.py", "_linked"): "the principal's own links, which decide a scope",
    ("schema/engine/filtering.py", "related_rows"): "a link table, met only as EXISTS inside visible rows",
    ("schema/engine/search.py", "search_condition"): "a link table, from visible tags to rows that are visible anyway",
}
# Modules that write SQL text, and why. Nothing in them comes from a request.
SQL_WRITERS = {
    "schema/engine/expressions.py": "conditions and JSON objects",
    "schema/engine/connection_sql.py": "pages, and the keys of their rows",
    "schema/engine/connections.py": "aggregates over the rows connection_sql.py names",
    "schema/engine/aggregate_sql.py": "groups of rows",
    "schema/engine/aggregating.py": "sums over the columns it names itself, in the rows aggregate_sql.py wrote",
    "schema/engine/masks.py": "the masks as templates",
    "schema/engine/plan.py": "joins compiled plans into one statement",
    "schema/policy_effects.py": "counts what the engine wrote, for each holder of a role",
}
SQL = (
    "SELECT ",
    "FROM ",
    "WHERE ",
    "ORDER BY",
    "GROUP BY",
    "CASE WHEN",
    "count(*)",
    "json_agg",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax of each module of the project below the folders."""
    for folder in folders:
        for path in sorted(Path(BASE_DIR, folder).rglob("*.py")):
            if "node_modules" not in path.parts and "migrations" not in path.parts:
                yield path.relative_to(BASE_DIR).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def inside(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node with the innermost function around it."""

    def walk(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            named = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
            yield named, child
            yield from walk(child, named)

    return walk(tree, "")


def unscoped(tree: ast.Module) -> set[str]:
    """Return the functions of a module that reach for rows past the view."""
    return {name for name, node in inside(tree) if _is_unscoped(node)}


def _is_unscoped(node: ast.AST) -> bool:
    # Django's cursor() takes nothing; a Binding's takes the text of a page's cursor.
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cursor":
        return not node.args
    return isinstance(node, ast.Attribute) and node.attr in UNSCOPED


def sql_written(tree: ast.Module) -> set[int]:
    """Return the lines on which a module formats SQL: by an f-string, `%`, `+`, `.format` or `.join`."""
    return {node.lineno for node in ast.walk(tree) if _formats(node) and any(_is_sql(text) for text in _texts(node))}  # type: ignore[attr-defined]


def _formats(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        # psycopg's own composition quotes what it is given: sql.SQL("…").format(sql.Identifier(name)).
        composed = isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func).endswith("SQL")
        return node.func.attr in {"format", "join"} and not composed
    adds = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add)
    return adds or isinstance(node, ast.JoinedStr)


def _texts(node: ast.AST) -> Iterator[str]:
    return (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _is_sql(text: str) -> bool:
    return any(word in text for word in SQL)


def test_the_graph_reaches_rows_by_the_engine_alone() -> None:
    found = {(name, function) for name, tree in modules("schema") for function in unscoped(tree)}
    assert found == set(SCOPED_BY_HAND)


def test_permissions_reach_no_rows_at_all() -> None:
    assert [name for name, tree in modules("permissions") if unscoped(tree)] == []


@pytest.mark.parametrize(
    "source",
    ["Customer.objects.all()", "m._default_manager.get()", "m._base_manager", "q.raw('x')", "connection.cursor()"],
)
def test_a_slip_would_be_found(source: str) -> None:
    assert unscoped(ast.parse(f"def slip():\n    return {source}")) == {"slip"}


def test_sql_is_formatted_where_it_is_written_and_nowhere_else() -> None:
    found = {name for name, tree in modules("schema", "permissions", "backend") if sql_written(tree)}
    assert found - set(SQL_WRITERS) == set()


@pytest.mark.parametrize("source", ['f"SELECT {x}"', '"SELECT %s" % x', '"SELECT " + x', '"SELECT {}".format(x)'])
def test_formatted_sql_would_be_found(source: str) -> None:
    assert sql_written(ast.parse(source)) == {1}


# Who makes a query of a plan. Whoever makes a frame for one starts at its visible rows.
STARTS = {
    "schema/engine/aggregating.py": {"_visible_key", "_key_object"},
    "schema/engine/compiler.py": {"row", "rows_by_key", "page", "aggregate", "_to_one"},
    "schema/engine/filtering.py": {"_to_one", "related_rows"},
    "schema/engine/ordering.py": {"_keys"},
    "schema/engine/search.py": {"search_condition"},
    "schema/explain.py": {"_membership"},
    "schema/audit/access_log.py": {"_may_inspect"},
    "schema/audit/people.py": {"names_of"},
    "schema/reveal_cells.py": {"_standing", "rows_to_decide_on"},
}
# (module, function): why it makes a frame and starts elsewhere.
OTHER_FRAMES = {
    ("schema/engine/compiler.py", "_frame"): "counts the relation; its callers are held to start at visible rows",
    (
        "schema/policy_effects.py",
        "plan",
    ): "counts rows for the people a draft would affect, for who may change policies",
}


def callers(tree: ast.Module, *names: str) -> set[str]:
    """Return the functions of a module that call one of these."""
    return {
        function
        for function, node in inside(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in names
    }


def test_every_query_of_a_plan_starts_at_the_visible_rows() -> None:
    starts = {name: callers(tree, "visible_rows") for name, tree in modules("schema")}
    assert {name: found for name, found in starts.items() if found} == STARTS
    frames = {(name, each) for name, tree in modules("schema") for each in callers(tree, "Frame", "_frame")}
    assert frames - {(name, each) for name, found in STARTS.items() for each in found} == set(OTHER_FRAMES)


def test_the_admin_shows_no_rows_of_the_crm() -> None:
    registered = {model._meta.app_label for model in admin.site._registry}
    assert "crm" not in registered
