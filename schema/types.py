"""References from noun to noun. They are read when the schema is built, so no module of a noun imports another."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.contact import Contact
    from schema.contract import ApprovalStep, Contract
    from schema.customer import Customer
    from schema.follow_up import FollowUp
    from schema.opportunity import Opportunity, StageChange
    from schema.payment import Payment
    from schema.tag import Tag
    from schema.task import Task
    from schema.team import Team
    from schema.user import User

ApprovalStepRef = Annotated["ApprovalStep", strawberry.lazy("schema.contract")]
ContactRef = Annotated["Contact", strawberry.lazy("schema.contact")]
ContractRef = Annotated["Contract", strawberry.lazy("schema.contract")]
CustomerRef = Annotated["Customer", strawberry.lazy("schema.customer")]
FollowUpRef = Annotated["FollowUp", strawberry.lazy("schema.follow_up")]
OpportunityRef = Annotated["Opportunity", strawberry.lazy("schema.opportunity")]
PaymentRef = Annotated["Payment", strawberry.lazy("schema.payment")]
StageChangeRef = Annotated["StageChange", strawberry.lazy("schema.opportunity")]
TagRef = Annotated["Tag", strawberry.lazy("schema.tag")]
TaskRef = Annotated["Task", strawberry.lazy("schema.task")]
TeamRef = Annotated["Team", strawberry.lazy("schema.team")]
UserRef = Annotated["User", strawberry.lazy("schema.user")]
