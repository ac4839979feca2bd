"""E-mail: many mailboxes in, one voice out (spec 2.6)."""
