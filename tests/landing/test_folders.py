"""What lies in the landing folder: no name, link or half-written file ends a load."""

from __future__ import annotations

import gzip
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration.landing.errors import LandingError
from orchestration.landing.loader import load_landing, unknown_folders
from tests.landing.conftest import NOW

if TYPE_CHECKING:
    from tests.landing.conftest import Shop

TEXT = "id,amount\np1,1\np2,2\n"


def told(shop: Shop) -> list[str]:
    """What is said of the landing folder."""
    return unknown_folders(shop.landing, {("shop", "payment"): shop.contract})


def fates(shop: Shop) -> dict[str, str]:
    """What became of each file."""
    return {Path(file.path).name: file.status for file in shop.load().files}


def test_a_flipped_bit_fails_its_file_alone(shop: Shop) -> None:
    rows = "".join(f"p{i * 7919 % 10007},{i * 31 % 997}\n" for i in range(3000))
    packed = bytearray(gzip.compress(f"id,amount\n{rows}".encode(), mtime=0))
    packed[len(packed) // 2] ^= 0x10
    shop.put("bad.csv.gz", bytes(packed))
    shop.put("good.csv", TEXT)
    assert fates(shop) == {"bad.csv.gz": "failed", "good.csv": "loaded"}


def test_a_checksum_that_does_not_fit_fails_its_file(shop: Shop) -> None:
    """The text is whole, and is not the one that was packed."""
    packed = bytearray(gzip.compress(TEXT.encode(), mtime=0))
    packed[-5] ^= 1
    packed[-8] ^= 1
    assert shop.load_one("a.csv.gz", bytes(packed)).status == "failed"
    assert shop.rows() == []


def test_a_name_that_is_no_text_fails_its_file_alone(shop: Shop) -> None:
    shop.put("good.csv", TEXT)
    for name in (b"caf\xe9.csv", b"two\nlines.csv", b"\x1b[31mred.csv"):
        Path(os.fsdecode(bytes(shop.put("good.csv", TEXT).parent) + b"/" + name)).write_text(TEXT)
    found = fates(shop)
    assert found.pop("good.csv") == "loaded"
    assert found == dict.fromkeys((r"caf\xe9.csv", r"two\nlines.csv", r"\x1b[31mred.csv"), "failed")
    reasons = [reason for (reason,) in shop.manifest("reason") if reason]
    assert all("Rename the file" in str(reason) for reason in reasons)
    assert re.search(r"[\x00-\x1f]", "".join(map(str, reasons))) is None


def test_links_are_followed_within_the_landing_folder_only(shop: Shop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("root:x:0:0:root:/root:/bin/bash\nid,amount\n")
    good = shop.put("good.csv", TEXT)
    good.with_name("s.csv").symlink_to(secret)
    good.with_name("again.csv").symlink_to("good.csv")
    assert fates(shop) == {"again.csv": "loaded", "good.csv": "loaded", "s.csv": "failed"}
    reasons = " ".join(str(reason) for (reason,) in shop.manifest("reason") if reason)
    assert "leads out of the landing folder" in reasons
    assert "root:" not in reasons


@pytest.mark.parametrize("target", ["..", ".", "/etc", "payment"])
def test_a_folder_that_is_a_link_elsewhere_is_passed_over(shop: Shop, target: str) -> None:
    (shop.landing / "shop").mkdir()
    (shop.landing / "shop" / "payment").symlink_to(target)
    assert fates(shop) == {}
    assert any(line.startswith("shop/payment/") for line in told(shop))


def test_a_source_that_is_a_link_elsewhere_is_passed_over(shop: Shop, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "payment"
    outside.mkdir(parents=True)
    (outside / "a.csv").write_text(TEXT)
    (shop.landing / "shop").symlink_to(outside.parent)
    assert fates(shop) == {}
    assert ["leads out of the landing folder" in line for line in told(shop)] == [True]


def test_what_is_no_file_is_passed_over_and_told_of(shop: Shop) -> None:
    good = shop.put("good.csv", TEXT)
    os.mkfifo(good.with_name("pipe.csv"))
    good.with_name("dangling.csv").symlink_to("gone.csv")
    good.with_name("loop.csv").symlink_to("loop.csv")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(good.parent)
        try:
            server.bind("socket.csv")
        finally:
            os.chdir(here)
        assert fates(shop) == {"good.csv": "loaded"}
        lines = told(shop)
    for name in ("pipe.csv", "dangling.csv", "loop.csv", "socket.csv"):
        assert sum(f"/{name}: skipped" in line for line in lines) == 1


def test_what_is_not_finished_is_passed_over_and_told_of(shop: Shop) -> None:
    shop.put("good.csv", TEXT)
    names = ("a.csv.part", "a.csv.crdownload", "a.csv~", "b.parquet.partial", "c.csv.filepart")
    for name in names:
        shop.put(name, "id,am")
    assert fates(shop) == {"good.csv": "loaded"}
    lines = told(shop)
    assert [any(f"/{name}: skipped" in line for line in lines) for name in names] == [True] * 5


@pytest.mark.parametrize(
    "folder", ["it's home", "a%20b", "$HOME inside", "Büro", "two  blanks", "a?b=c", "[x]*", 'q"q']
)
def test_a_landing_folder_may_have_any_name(shop: Shop, tmp_path: Path, folder: str) -> None:
    shop.landing = tmp_path / folder / "landing"
    shop.put("a.csv", TEXT)
    shop.put("b.csv.gz", gzip.compress(b"id,amount\np3,x\n"))
    shop.put("c.jsonl", '{"id": "p4"}\n')
    path = shop.put("d.parquet", b"")
    shop.connection.execute("create table paid as select 'p5' as id, 1 as amount")
    shop.connection.table("paid").to_parquet(str(path))
    assert set(fates(shop).values()) == {"loaded"}


def test_a_full_disk_is_named_as_such(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest disk there is takes nothing; copies of a text are put on it."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    shop.put("a.csv", TEXT)
    contracts = {("shop", "payment"): shop.contract}

    def write_to_full(*_: object, **__: object) -> None:
        with full.open("w") as disk:
            disk.write(TEXT)

    monkeypatch.setattr("orchestration.landing.loader.insert_rows", write_to_full)
    with pytest.raises(LandingError, match="the disk is full"):
        load_landing(shop.connection, shop.landing, contracts, now=NOW)
