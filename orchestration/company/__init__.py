"""What a company decides for itself: one folder outside the checkout, laid over `seeds/`.

`tables` says what a file of it may hold and reads one, `profile` reads `company.yml`, `rules`
knows what rows must fit besides, `folder` lays the folder over what is shipped, `begin` writes
a first one, `proposed` a table that a person takes from what is proposed. Nothing here
knows dbt or Dagster.
"""

from __future__ import annotations


class CompanyError(Exception):
    """The company's folder cannot be used; every reason with its file, row and remedy."""

    def __init__(self, problems: list[str]) -> None:
        """Say all of them at once."""
        shown = problems[:MAX_TOLD]
        more = [f"and {len(problems) - MAX_TOLD} more"] if len(problems) > MAX_TOLD else []
        super().__init__("\n".join([*shown, *more]))
        self.problems = problems


MAX_TOLD = 100
