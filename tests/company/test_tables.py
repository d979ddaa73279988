"""A company's folder: what is read, what is refused, and what is left as shipped."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from orchestration.company import CompanyError, folder
from orchestration.company.begin import _SHIPPED, begin_company
from orchestration.company.folder import read_company
from orchestration.company.profile import Business
from orchestration.settings import PROJECT_DIR, Settings

TARGETS = "metric_id,grain,dimension,dimension_value,mode,target,valid_from,due_on,owner\n"
GRR = "grr,month,total,total,drive,0.9,2026-01-01,2026-12-31,chief_customer_officer\n"


def settings(company: Path) -> Settings:
    return Settings(home=company.parent / "home", company=company, _env_file=None)


def written(tmp_path: Path, **files: str) -> Settings:
    """A company's folder with some files; `__` is the dot of a name."""
    company = tmp_path / "company"
    company.mkdir(exist_ok=True)
    for name, text in files.items():
        (company / name.replace("__", ".")).write_text(text)
    return settings(company)


def refused(tmp_path: Path, **files: str) -> list[str]:
    with pytest.raises(CompanyError) as raised:
        read_company(written(tmp_path, **files))
    return raised.value.problems


def test_a_folder_to_begin_with_changes_nothing(tmp_path: Path) -> None:
    """All that `drivewheel init` writes is commented out, and what is there is kept."""
    company = tmp_path / "acme"
    written_first, _ = begin_company(company)
    assert {"company.yml", "metric_targets.csv", "owners.csv", "README.md"} <= {
        path.name for path in written_first
    }
    assert read_company(settings(company)).state == read_company(_shipped(tmp_path)).state
    (company / "owners.csv").write_text("mine")
    again, kept = begin_company(company)
    assert not again
    assert len(kept) == len(written_first)
    assert (company / "owners.csv").read_text() == "mine"


def _shipped(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", landing=tmp_path / "landing", _env_file=None)


def test_every_table_to_begin_with_is_right_once_it_is_uncommented(tmp_path: Path) -> None:
    """Who takes the marks away has an example that loads."""
    company = tmp_path / "acme"
    begin_company(company)
    for path in company.glob("*.csv"):
        lines = path.read_text().splitlines()
        path.write_text("\n".join(line.removeprefix("#") for line in lines if line[:2] != "# "))
    lines = (company / "company.yml").read_text().splitlines()
    said = [line.removeprefix("#") for line in lines if line.startswith("#") and line[1] != " "]
    said += [line[1:] for line in lines if line.startswith("#  ") and line[3] != "#"]
    kept = [line for line in said if "reporting_currency" not in line]
    (company / "company.yml").write_text("\n".join(kept))
    # Playbooks that are cut to three fit steps and triggers that are cut to three.
    for name in ("playbooks", "playbook_steps", "playbook_triggers", "owners"):
        (company / f"{name}.csv").unlink()
    (company / "ledger_account_map.csv").unlink()
    own = read_company(settings(company))
    assert len(own.contents["metric_targets"].rows) == 1
    shown = own.profile.windows.model_dump() | {
        "reporting_currency": "usd",
        "discount_rate": own.profile.discount_rate,
    }
    assert shown == _SHIPPED


def test_the_windows_that_are_shown_are_those_of_the_project() -> None:
    variables = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]
    assert {name: variables[name] for name in _SHIPPED} == _SHIPPED


def test_a_table_is_the_companys_own_whole_and_the_others_are_as_shipped(tmp_path: Path) -> None:
    company = read_company(written(tmp_path, metric_targets__csv=TARGETS + GRR))
    targets = (company.tables_dir / "metric_targets.csv").read_text().splitlines()
    assert len(targets) == 2
    assert targets[1].startswith("grr,month,total,total,drive,,0.9,,,,,2026-01-01,")
    for name in ("playbooks.csv", "_seeds.yml", "currencies.csv"):
        shipped = (PROJECT_DIR / "seeds" / name).read_bytes()
        assert (company.tables_dir / name).read_bytes() == shipped


def test_spreadsheets_are_read_as_they_are_saved(tmp_path: Path) -> None:
    """A mark of byte order, semicolons, headers in capitals, comments and empty lines."""
    text = "\ufeff# ours\n\nHoliday_On;Holiday\n2026-12-25;Christmas\n\n# next year\n"
    company = read_company(written(tmp_path, holidays__csv=text))
    assert (company.tables_dir / "holidays.csv").read_text() == (
        "holiday_on,holiday\n2026-12-25,Christmas\n"
    )


def test_a_header_without_rows_empties_a_table(tmp_path: Path) -> None:
    """Comments alone leave it out; a header says that there is nothing."""
    assert (
        not read_company(
            written(
                tmp_path,
                scenarios__csv="scenario_id,label,churn_factor,bookings_factor,"
                "price_change,cost_of_capital_change\n",
            )
        )
        .contents["scenarios"]
        .rows
    )
    assert read_company(written(tmp_path, scenarios__csv="# later\n")).contents["scenarios"].rows


@pytest.mark.parametrize(
    ("files", "row", "told"),
    [
        ({"metric_targets__csv": TARGETS + GRR.replace("0.9", "90 %")}, 2, "target is '90 %'"),
        ({"metric_targets__csv": TARGETS + GRR.replace("0.9", "nan")}, 2, "a number with a point"),
        (
            {"metric_targets__csv": TARGETS + GRR.replace("2026-12-31", "31.12.2026")},
            2,
            "write a day as 2026-06-30",
        ),
        (
            {"metric_targets__csv": TARGETS + GRR.replace("month", "monthly")},
            2,
            "grain is 'monthly'; it is one of day, week, month, quarter",
        ),
        ({"metric_targets__csv": TARGETS + GRR.replace("drive", "")}, 2, "mode is empty"),
        ({"metric_targets__csv": TARGETS + "# why\n" + GRR + GRR}, 4, "as row 3; remove one"),
        ({"metric_targets__csv": TARGETS + "grr,month\n"}, 2, "has 2 cells for 9 columns"),
        (
            {"metric_targets__csv": TARGETS.replace("target", "targett") + GRR},
            1,
            "did you mean target?",
        ),
        ({"metric_targets__csv": TARGETS.replace(",owner", "")}, 1, "lacks the column owner"),
        (
            {"metric_targets__csv": TARGETS + GRR.replace("chief_customer", "cheif_customer")},
            2,
            "did you mean chief_customer_officer?",
        ),
        ({"playbooks__csv": "playbook_id,playbook\nour_own,We call\n"}, 2, "is no playbook_id of"),
    ],
)
def test_a_bad_row_is_told_with_file_row_and_remedy(
    tmp_path: Path, files: dict[str, str], row: int, told: str
) -> None:
    problems = refused(tmp_path, **files)
    assert any(f", row {row}: " in problem and told in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"metric_target__csv": TARGETS}, "did you mean metric_targets?"),
        ({"profile__yml": "business: saas"}, "belongs in company.yml"),
        ({"company__yml": "bussiness: saas"}, "nothing is called bussiness; there are business"),
        ({"company__yml": "business: shop"}, "business is 'shop'"),
        ({"company__yml": "windows: {activation_window_days: 0}"}, "activation_window_days is 0"),
        ({"company__yml": "windows: {activation: 3}"}, "there are activation_window_days"),
        ({"company__yml": "business: [saas"}, "is no YAML"),
        ({"company__yml": "saas"}, "write lines of the form"),
        ({"company__yml": "reporting_currency: eur"}, "bring an fx_rates.csv of your own"),
    ],
)
def test_a_bad_file_is_told_with_its_remedy(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    assert told in " ".join(refused(tmp_path, **files))


def test_text_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    made = written(tmp_path)
    assert made.company
    (made.company / "owners.csv").write_bytes("owner_role,person\nx,Müller\n".encode("latin-1"))
    with pytest.raises(CompanyError, match="save it as CSV UTF-8"):
        read_company(made)


def test_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    """Of three files, each with its own fault."""
    problems = refused(
        tmp_path,
        metric_targets__csv=TARGETS + GRR.replace("0.9", "high") + GRR.replace("month", "year"),
        holidays__csv="holiday_on\n25.12.\n",
        company__yml="business: shop\nshow_names: perhaps\n",
    )
    assert len(problems) == 5, problems


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CompanyError, match="drivewheel init"):
        read_company(settings(tmp_path / "nowhere"))


def test_an_upgrade_takes_the_folder_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer release has a table, a column and a step more: ours stays, theirs comes."""
    made = written(tmp_path, metric_targets__csv=TARGETS + GRR, company__yml="business: hybrid")
    newer = tmp_path / "newer"
    shutil.copytree(folder.SHIPPED_DIR, newer)
    declared = (newer / "_seeds.yml").read_text()
    (newer / "_seeds.yml").write_text(
        declared.replace(
            "{metric_id: varchar, grain: varchar,",
            "{metric_id: varchar, judged_over: varchar, grain: varchar,",
        )
        + "  - name: weather\n    description: 'New.'\n    config:\n"
        "      column_types: {day: date}\n"
    )
    (newer / "weather.csv").write_text("day\n2026-01-01\n")
    (newer / "playbooks.csv").write_text(
        (newer / "playbooks.csv").read_text() + "more,One that is new\n"
    )
    before = read_company(made)
    monkeypatch.setattr(folder, "SHIPPED_DIR", newer)
    folder._read.cache_clear()
    after = read_company(made)
    assert after.profile.business is Business.HYBRID
    (target,) = after.contents["metric_targets"].rows
    assert (target.cells["target"], target.cells["judged_over"]) == ("0.9", "")
    assert "more" in (after.tables_dir / "playbooks.csv").read_text()
    assert (after.tables_dir / "weather.csv").exists()
    assert after.state != before.state
    folder._read.cache_clear()


def test_folders_with_equal_content_share_their_tables(tmp_path: Path) -> None:
    """So that homes of one company share what was parsed; another content is another folder."""
    files = {"metric_targets__csv": TARGETS + GRR}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = (read_company(written(tmp_path / name, **files)) for name in "ab")
    assert one.tables_dir == other.tables_dir
    third = read_company(written(tmp_path / "b", metric_targets__csv=TARGETS))
    assert third.tables_dir != one.tables_dir
