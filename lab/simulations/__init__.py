"""What the statistics claim, tried on made data: a command each, its tables on a page of the docs."""
