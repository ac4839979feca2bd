"""Load and scale: what a message, a connection and a list cost, next to what the same machine could do without us."""
