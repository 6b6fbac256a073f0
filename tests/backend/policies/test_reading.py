"""A document that is no policy is told apart, with a sentence that says where."""

import pytest

from backend.policies import services
from backend.policies.problems import PolicyRefused, ProblemCode
from backend.policies.reading import problems_of, read_policy
from backend.policies.services import DraftChange, Replacement
from permissions.policy import default_document
from schema.columns import gated_columns
from tests.backend.policies.people import OPERATOR, make_admin


def with_grant(grant: str) -> str:
    """Return the shipped policy with one more grant."""
    return f"{default_document()}\n[[roles.sales.grants]]\n{grant}\n"


ANY = 'resources = ["customer"]\nscopes = ["own"]\nactions = ["read"]\n'
REVEALS = ANY.replace('"read"', '"read", "reveal"')
BROKEN = {
    "syntax": ("[roles.sales]\nlabel = \n", "line 2"),
    "unfinished": ("[roles.sales]\nlabel =", "line 2"),
    "empty": ("", "policy"),
    "no TOML at all": ("{}", "line 1"),
    "unknown role entry": ("[roles.sales]\ncolour = 1\n", "colour"),
    "unknown entry": ("colour = 1\n", "colour"),
    "unknown resource": (with_grant(ANY.replace("customer", "spaceship")), "spaceship"),
    "unknown scope": (with_grant(ANY.replace("own", "orbit")), "orbit"),
    "scope of another resource": (with_grant(ANY.replace("own", "deal")), "deal"),
    "unknown action": (with_grant(ANY.replace("read", "launch")), "launch"),
    "unknown category": (with_grant(f'{ANY}levels = {{ fuel = "clear" }}'), "fuel"),
    "unknown level": (with_grant(f'{ANY}levels = {{ contact_info = "shiny" }}'), "shiny"),
    "unknown column": (with_grant(f'{ANY}fields = {{ fuel = "clear" }}'), "fuel"),
    "plain column": (with_grant(f'{ANY}fields = {{ name = "clear" }}'), "name"),
    "a part": (with_grant(ANY.replace("customer", "stage_change")), "stage_change"),
    "grants that are no tables": ("[roles.sales]\ngrants = 5\n", "grants"),
    "grants of numbers": ("[roles.sales]\ngrants = [5]\n", "grants"),
    "denials of texts": ('[roles.sales]\ndenials = ["x"]\n', "denials"),
    "roles that are no table": ("roles = 1\n", "roles"),
    "a role that is no table": ("roles.sales = 1\n", "sales"),
    "a group of nobody": ("smallest_group = 0\n", "smallest_group"),
    "reveals that are no table": ("reveal = 1\n", "reveal"),
    "an unknown entry of reveals": ("[reveal]\nhours = 1\n", "hours"),
    "reveals without end": ("[reveal]\nminutes = 1441\n", "minutes"),
    "reveals of no length": ("[reveal]\nminutes = 0\n", "minutes"),
    "a quota that is no number": ("[reveal]\ndaily_quota = true\n", "daily_quota"),
    "an alert that is a text": ('[reveal]\nalert_count = "3"\n', "alert_count"),
    "approval of an unknown category": (with_grant(f'{REVEALS}approval = ["fuel"]'), "fuel"),
    "approval of nothing to reveal": (with_grant(f'{ANY}approval = ["identity"]'), "approval"),
    "a number without end": (f"smallest_group = 1{'0' * 5000}\n", "TOML"),
    "nested without end": (f"version = {'[' * 5000}\n", "TOML"),
    "nobody may change it": ('[roles.sales]\nlabel = "x"\n', "policy"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_in_a_sentence(name: str) -> None:
    document, word = BROKEN[name]
    (problem,) = problems_of(document, gated_columns)
    assert problem.code is ProblemCode.INVALID_POLICY
    assert problem.path == ("document",)
    assert word in problem.message
    assert problem.message.endswith(".")
    assert "Traceback" not in problem.message


@pytest.mark.django_db
@pytest.mark.parametrize("name", BROKEN)
def test_an_invalid_policy_is_never_activated(name: str) -> None:
    make_admin()
    number = services.create_draft(DraftChange("x", "", BROKEN[name][0]), based_on=None, actor=OPERATOR).number
    with pytest.raises(PolicyRefused):
        services.activate(number, Replacement(1, "x", OPERATOR), revision=1, columns=gated_columns)


def test_the_shipped_policy_has_no_problems() -> None:
    assert problems_of(default_document(), gated_columns) == ()
    assert problems_of(with_grant(f'{ANY}fields = {{ phone = "masked" }}'), gated_columns) == ()


def test_documents_that_differ_are_different_versions() -> None:
    document = default_document()
    versions = {read_policy(number, text).version for number in (1, 2) for text in (document, f"{document}\n")}
    assert len(versions) == 4
