"""What people of a company can do with people and rights; every change is told to the audit log (spec 1)."""

from people.service.agents import change_agent, change_me, deactivate, set_password
from people.service.customers import change_customer, create_customer, customer_by_identity, learn_contact
from people.service.founding import Founded, activate, found, resend_code, sign_up
from people.service.groups import change_group, create_group, delete_group
from people.service.invitations import accept_invitation, invitation_by_token, invite, withdraw_invitation
from people.service.organizations import change_organization, create_organization, delete_organization
from people.service.profile import AgentView, Profile, agent_view, profile_of
from people.service.roles import change_role, create_role, delete_role
from people.service.settings import change_settings

__all__ = [
    "AgentView",
    "Founded",
    "Profile",
    "accept_invitation",
    "activate",
    "agent_view",
    "change_agent",
    "change_customer",
    "change_group",
    "change_me",
    "change_organization",
    "change_role",
    "change_settings",
    "create_customer",
    "create_group",
    "create_organization",
    "create_role",
    "customer_by_identity",
    "deactivate",
    "delete_group",
    "delete_organization",
    "delete_role",
    "found",
    "invitation_by_token",
    "invite",
    "learn_contact",
    "profile_of",
    "resend_code",
    "set_password",
    "sign_up",
    "withdraw_invitation",
]
