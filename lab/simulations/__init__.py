"""What the statistics claim, tried on made data: a command each; tables on the pages of the docs."""
