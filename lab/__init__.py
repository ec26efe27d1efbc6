"""What made the product and is not it: trainings, experiments, the linter, measurements."""
