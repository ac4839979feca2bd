"""The routes of people, rights, customers and the company itself (docs/wire.md); thin: check, call, show."""

from quart import Blueprint

from people.api import colleagues, company, customers
from people.service.profile import AgentView, agent_view

blueprint = Blueprint("people", __name__, url_prefix="/api/v1")
for part in (colleagues, customers, company):
    blueprint.register_blueprint(part.blueprint)

__all__ = ["AgentView", "agent_view", "blueprint"]
