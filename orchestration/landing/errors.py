"""What can go wrong between a landing folder and the raw tables.

Errors that a person has to act on. What is wrong with one file or one row is no exception
to the caller: it is recorded in the manifest or in the table of rejected rows.
"""

from __future__ import annotations


class LandingError(Exception):
    """A landing folder, a contract or a request that cannot be used; says the remedy."""


class SchemaMismatchError(Exception):
    """Files that a reader cannot take, or not together; it is tried with fewer, or otherwise."""


class UnreadableFileError(Exception):
    """One file cannot be loaded as a whole; the message is recorded in the manifest."""
