"""Things that another package brings to omiti2v, all by the brightness of frames."""
