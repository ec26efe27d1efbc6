"""What the statistics claim, tried on made data: each a command, with a table in the docs."""
