"""A desk in fast motion: the pure rules under random people and workers, with what must hold checked at every step."""
