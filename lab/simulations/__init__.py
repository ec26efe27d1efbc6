"""What the statistics claim, tried on made data: a command each, with its tables in the docs."""
