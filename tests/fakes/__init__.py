"""Other sides: real servers on loopback, and a channel that exists only here."""
