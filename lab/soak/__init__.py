"""Whole runs among hostile videos and random signals, held against the same run without signals."""
