"""A judge on any server that speaks the OpenAI chat API."""
