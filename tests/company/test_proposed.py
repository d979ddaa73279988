"""Proposed health weights: what is printed, what is written, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.company import CompanyError
from orchestration.company.begin import begin_company
from orchestration.company.folder import SHIPPED_DIR, read_company
from orchestration.company.proposed import write_proposed
from orchestration.report.tables import NO_BREAK
from orchestration.settings import Settings

SHIPPED = (SHIPPED_DIR / "health_weights.csv").read_text()
PROPOSALS = """
    create schema governance;
    create table governance.health_weight_proposals as
    select component, weight::double as weight, proposed_weight::double as proposed_weight, verdict,
        100::integer as high_count,
        2::integer as high_left_count, 0.02 as high_rate, 50::integer as low_count,
        6::integer as low_left_count, 0.12 as low_rate, -0.08 as adjusted_difference
    from (values {}) as rows (component, weight, proposed_weight, verdict);
    create table governance.health_weight_readouts as
    select null::date as fold, 120 as left_count, 0.6 as standing_auc, 0.66 as proposed_auc,
        0.01 as gain_lower, 0.11 as gain_upper, 'better' as verdict;
"""


def health(tmp_path: Path, rows: str, *options: str) -> Result:
    """The command in a home that has published these components, and beside it the company."""
    published = tmp_path / "home/serving/drivewheel.duckdb"
    published.parent.mkdir(parents=True)
    with duckdb.connect(str(published)) as connection:
        connection.execute(PROPOSALS.format(rows))
    company = tmp_path / "company"
    company.mkdir()
    return CliRunner().invoke(
        main,
        ["health", "--home", str(tmp_path / "home"), *options],
        env={"DRIVEWHEEL_COMPANY": str(company)},
        catch_exceptions=False,
    )


TOLD = "('adoption', 3.0, 5.25, 'leads'), ('seats', 3.0, 0.0, 'no_difference_shown')"


def test_a_proposal_is_shown_and_nothing_is_written_by_itself(tmp_path: Path) -> None:
    shown = health(tmp_path, TOLD)
    told = " ".join(shown.output.replace(NO_BREAK, " ").split())
    assert "adoption 3 5.25 2.0% (2 of 100) 12.0% (6 of 50) −8.0 points who is well" in told
    assert "in 60.0% of pairs (by chance 50.0%), 120 losses in all; by weights as proposed" in told
    assert "in 66.0% (+1.0 points to +11.0 points): better." in told
    assert not list((tmp_path / "company").iterdir())


def test_what_is_taken_is_the_shipped_table_with_other_weights(tmp_path: Path) -> None:
    """What was not asked keeps its weight, and what a run reads is what was proposed."""
    assert health(tmp_path, TOLD, "--write").exit_code == 0
    path = tmp_path / "company/health_weights.csv"
    adoption, seats = "adoption,3,0,0.6", "seats,3,0.2,0.9"
    assert adoption in SHIPPED
    assert path.read_text() == SHIPPED.replace(adoption, "adoption,5.25,0,0.6").replace(
        seats, "seats,0,0.2,0.9"
    )


def test_where_nothing_leads_nothing_is_written(tmp_path: Path) -> None:
    refused = health(tmp_path, "('adoption', 3.0, null, 'too_few')", "--write")
    assert refused.exit_code == 2
    assert "nothing is proposed" in refused.output
    assert not list((tmp_path / "company").iterdir())


def settings(tmp_path: Path, company: Path | None) -> Settings:
    return Settings(home=tmp_path / "home", company=company, _env_file=None)


def write(tmp_path: Path, company: Path | None) -> Path:
    return write_proposed(
        settings(tmp_path, company), "health_weights", column="weight", proposed={"adoption": 5.25}
    )


def test_comments_stay_above_what_is_taken(tmp_path: Path) -> None:
    company = tmp_path / "company"
    begin_company(company)
    before = (company / "health_weights.csv").read_text()
    assert write(tmp_path, company).read_text().startswith(f"{before}component,weight,")
    rows = read_company(settings(tmp_path, company)).contents["health_weights"].rows
    assert [row.cells["weight"] for row in rows] == ["5.25", "3", "2", "2", "2", "2"]


def test_weights_of_one_s_own_stay_and_it_is_told_what_to_change(tmp_path: Path) -> None:
    company = tmp_path / "company"
    company.mkdir()
    path = company / "health_weights.csv"
    own = "component,weight,worst,best\nseats,1,0,1\nadoption,4,0,1\n"
    path.write_text(own)
    with pytest.raises(CompanyError, match=r"row 3: is your own, .* adoption is 5.25 instead of 4"):
        write(tmp_path, company)
    path.write_text(own.replace("adoption,4", "adoption,5.25"))
    with pytest.raises(CompanyError, match="holds what is proposed already"):
        write(tmp_path, company)
    assert "adoption,5.25" in path.read_text()


def test_without_a_folder_it_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CompanyError, match="drivewheel init"):
        write(tmp_path, None)
