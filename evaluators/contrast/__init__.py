"""Known answers on photographs: clips composited on the benchmark's own images."""
