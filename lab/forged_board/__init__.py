"""A board with entries forged in every way that somebody has thought of, and what is found."""
