"""Files that a command writes: replaced as a whole, and never on top of what the command reads."""

import os
import stat
from pathlib import Path

import pytest

from mockserver.cli.files import refuse_overwriting, write_file
from mockserver.errors import MockError
from tests.support.cli import shell
from tests.support.recorded_traffic import batch_exchanges, reopen_batch, write_recording

OLD = "baseline: 1\naccepted: []\n"


@pytest.fixture
def bad(tmp_path) -> Path:
    """Write a recording with errors."""
    return write_recording(tmp_path / "bad.jsonl", batch_exchanges(reopen_batch))


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_and_its_folders_are_written(tmp_path):
    path = tmp_path / "a" / "b.xml"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["b.xml"]


def test_an_old_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o604)
    link.symlink_to(path)
    write_file(link, b"new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_link_where_the_temporary_file_belongs_is_not_followed(tmp_path):
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / f".a.{os.getpid()}.tmp").symlink_to(other)
    with pytest.raises(MockError, match="CLI005"):
        write_file(tmp_path / "a", b"new")
    assert other.read_text() == "precious"


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(MockError, match=r"CLI005 .*a/b cannot be written: its folder cannot be created"):
        write_file(tmp_path / "a" / "b", b"")


def test_a_device_is_written_as_it_is():
    write_file(Path("/dev/null"), b"x")
    with pytest.raises(MockError, match="CLI005 /dev/full cannot be written: No space left on device"):
        write_file(Path("/dev/full"), b"x")


def test_a_full_disk_keeps_the_old_baseline_and_the_report(bad, tmp_path):
    baseline = tmp_path / "baseline.yaml"
    baseline.write_text(OLD)
    update = f"--baseline {baseline} --update-baseline known --expires 2999-01-01"
    done = shell(f"ulimit -f 0; mockserver check {bad} {update}")
    assert done.returncode == 2
    assert f"CLI005 {baseline} cannot be written: File too large" in done.stderr.decode()
    assert done.stdout.decode().endswith("exit 2: a file could not be written\n")
    assert baseline.read_text() == OLD
    assert names(tmp_path) == ["bad.jsonl", "baseline.yaml"]


def test_one_file_that_cannot_be_written_costs_no_other(bad, mockserver, tmp_path):
    result = mockserver("check", bad, "--json", "--junit", "/dev/full", "--html", tmp_path / "a.html")
    assert result.code == 2
    assert '"exit_code": 2' in result.out
    assert (tmp_path / "a.html").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["check", "bad.jsonl", "--html", "bad.jsonl"],
        ["check", "bad.jsonl", "--html", "link"],
        ["check", "bad.jsonl", "--html", "a", "--junit", "./a"],
        ["check", "bad.jsonl", "--baseline", "link", "--sarif", "bad.jsonl"],
        ["check", "--base-url", "http://127.0.0.1:1", "--api-key-env", "PATH", "--vendor", "reap", "--allow-writes",
         "--create", "bad.jsonl", "--junit", "bad.jsonl"],
        ["fuzz", "--vendor", "reap", "--baseline", "bad.jsonl", "--junit", "bad.jsonl"],
        ["proxy", "--upstream", "https://reap.video", "--ca", "bad.jsonl", "--record", "bad.jsonl"],
        ["proxy", "--upstream", "https://reap.video", "--junit", "a", "--record", "a"],
        ["test", "play.yaml", "--junit", "play.yaml"],
    ],
)  # fmt: skip
def test_an_output_that_is_an_input_or_another_output_is_refused(words, bad, mockserver, tmp_path):
    before = bad.read_bytes()
    (tmp_path / "link").symlink_to(bad)
    (tmp_path / "play.yaml").write_text("scenario: play\nvendor: reap\nplay:\n  - create:\n")
    result = mockserver(*words)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("CLI012 --")
    assert bad.read_bytes() == before


def test_several_reports_may_go_to_one_device():
    null = Path("/dev/null")
    refuse_overwriting({"--junit": null, "--html": null, "--sarif": None}, [null, None])
