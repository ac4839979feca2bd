"""What people of a tenant can do with people and rights; every change is told to the audit log (spec 1)."""

from people.service.customers import change_customer, create_customer, customer_by_identity, learn_contact

__all__ = ["change_customer", "create_customer", "customer_by_identity", "learn_contact"]
