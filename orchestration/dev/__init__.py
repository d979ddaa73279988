"""The inner loop: what a changed model, table or metric does, seen before any run.

`rebuild` builds what changed on a copy of a home, `impact` says what descends from something.
"""
