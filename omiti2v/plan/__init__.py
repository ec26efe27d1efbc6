"""Deciding with fewer videos: looks at a growing part of the samples, with bounds fixed before.

This is a group-sequential design. A plan says in which order the samples come, how many each look
takes, and when to stop. Videos are made and scored a look at a time; each look may end the
comparison, and the looks together keep the error of a single test.
"""
