"""The directives printed in the SDL. Enforcement reads the same `Sensitive` values they are made from."""

import strawberry
from strawberry.schema_directive import Location

from permissions.categories import Category, Mask, Sensitive
from schema.enums import describe_enum

_CATEGORIES = {
    "CONTACT_INFO": "How to reach somebody: phone, e-mail, WeChat, address.",
    "IDENTITY": "Who somebody is before the law: identity number, birthday.",
    "FINANCIAL": "Money: amounts, payments, credit limits, bank accounts.",
    "COMMERCIAL": "How the money is made: discount, cost, margin.",
    "INTERNAL": "What is said among ourselves: notes on risk, approvers' comments.",
}
MASK_MEANINGS = {
    "PHONE": "three leading and four trailing digits, such as 138****1234",
    "EMAIL": "the first character and the domain, such as l***@example.cn",
    "NAME": "the first character, such as 张**",
    "ID_NUMBER": "the first and the last character",
    "BANK_ACCOUNT": "the last four digits",
    "AMOUNT": "the amount rounded towards zero to its leading digit, such as 1000000 for 1234567.89",
    "TEXT": "the first character",
    "NULL": "null",
}
_SHOWN = {name: f"Shows {text}." for name, text in MASK_MEANINGS.items()}

for _enum, _name, _about, _texts in (
    (Category, "SensitiveCategory", "What kind of secret a field holds.", _CATEGORIES),
    (Mask, "Mask", "What is left of a value for a principal who may not see it clear.", _SHOWN),
):
    describe_enum(_enum, _about, _texts, name=_name)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="sensitive",
    description="The field is gated: each principal sees it clear, masked or not at all, which may depend on the row.",
)
class SensitiveDirective:
    """`@sensitive(category:, mask:)`."""

    category: Category = strawberry.directive_field(name="category")
    mask: Mask = strawberry.directive_field(name="mask")


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.FIELD_DEFINITION],
    name="requiresScopes",
    description="A credential with token scopes needs all scopes of one of these lists.",
)
class RequiresScopes:
    """`@requiresScopes(scopes:)`."""

    scopes: list[list[str]] = strawberry.directive_field(name="scopes")


def sensitive_directive(sensitive: Sensitive) -> SensitiveDirective:
    """Return the directive that prints a classification."""
    return SensitiveDirective(category=sensitive.category, mask=sensitive.mask)


def sensitive_note(sensitive: Sensitive) -> str:
    """Return what a description says of a classification: applied directives cannot be introspected."""
    shown = MASK_MEANINGS[sensitive.mask.name]
    return f"Sensitive ({sensitive.category.name}). Where it is masked for you it shows {shown}."
