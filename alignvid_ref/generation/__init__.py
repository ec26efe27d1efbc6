"""Videos for an edition's samples: by a diffusers pipeline, or without a model as controls."""
