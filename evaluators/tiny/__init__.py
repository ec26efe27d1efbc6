"""A small video-language model trained on the known-answer world: the offline judge."""
