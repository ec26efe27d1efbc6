"""Does AlignVid do to the tiny Wan what its paper says? `docs/tiny-wan.md` tells what was fixed
before the run, and what came out.
"""
