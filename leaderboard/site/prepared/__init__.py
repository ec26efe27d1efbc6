"""What the pages show, as plain values: lists of rows, charts, and text that is safe to show."""
