"""What lists can be filtered by, a module a noun."""

from collections.abc import Mapping

from backend.crm.filters.approval_step import ApprovalStepFilters
from backend.crm.filters.base import NounFilters
from backend.crm.filters.contact import ContactFilters
from backend.crm.filters.contract import ContractFilters
from backend.crm.filters.customer import CustomerFilters
from backend.crm.filters.follow_up import FollowUpFilters
from backend.crm.filters.opportunity import OpportunityFilters
from backend.crm.filters.payment import PaymentFilters
from backend.crm.filters.stage_change import StageChangeFilters
from backend.crm.filters.tag import TagFilters
from backend.crm.filters.task import TaskFilters
from backend.crm.filters.team import TeamFilters
from backend.crm.filters.user import UserFilters
from permissions.resources import Resource

FILTERS: Mapping[Resource, type[NounFilters]] = {
    Resource.APPROVAL_STEP: ApprovalStepFilters,
    Resource.CONTACT: ContactFilters,
    Resource.CONTRACT: ContractFilters,
    Resource.CUSTOMER: CustomerFilters,
    Resource.FOLLOW_UP: FollowUpFilters,
    Resource.OPPORTUNITY: OpportunityFilters,
    Resource.PAYMENT: PaymentFilters,
    Resource.STAGE_CHANGE: StageChangeFilters,
    Resource.TAG: TagFilters,
    Resource.TASK: TaskFilters,
    Resource.TEAM: TeamFilters,
    Resource.USER: UserFilters,
}
