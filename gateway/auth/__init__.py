"""Every way in and out: passwords, sessions, where a request comes from, how often somebody may try."""
