"""Scores that know their judge errs: anchored in people, corrected by a calibration, and soft."""
