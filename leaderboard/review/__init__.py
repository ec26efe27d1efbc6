"""The page where people verify the benchmark and re-check a judge: `omiti2v data review`."""
