"""Tenants, agents, groups, roles, customers, organizations, identities: who there is and who may do what (spec 1)."""
