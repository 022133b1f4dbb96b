"""Receivers announce their ports to the servers of the same user, and to no others."""

import os

import pytest

from mockserver.server.webhooks.announcement import announce_port, announced_ports, announcements_folder


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_port_is_announced_while_its_receiver_runs():
    assert announced_ports() == frozenset()
    with announce_port(4811), announce_port(4812):
        assert announced_ports() == {4811, 4812}
    assert announced_ports() == frozenset()


def test_a_file_that_a_killed_receiver_left_behind_announces_nothing():
    with announce_port(4811):
        (announcements_folder() / "4812").write_text("999999999")
        (announcements_folder() / "4813").write_text("not a process")
        (announcements_folder() / "notes").write_text(str(os.getpid()))
        assert announced_ports() == {4811}


def test_a_process_that_may_not_be_signalled_runs(monkeypatch):
    def refuse(process_id: int, number: int) -> None:
        raise PermissionError

    with announce_port(4811):
        monkeypatch.setattr("os.kill", refuse)
        assert announced_ports() == {4811}


def test_a_folder_that_others_can_write_to_announces_nothing():
    with announce_port(4811):
        announcements_folder().chmod(0o777)
        assert announced_ports() == frozenset()
        with announce_port(4812):
            assert not (announcements_folder() / "4812").exists()


@pytest.mark.parametrize("mode", [0o770, 0o720, 0o702, 0o740, 0o704])
def test_a_folder_that_is_open_to_a_group_or_to_others_announces_nothing(mode):
    with announce_port(4811):
        announcements_folder().chmod(mode)
        assert announced_ports() == frozenset()


def test_a_folder_of_another_user_announces_nothing(monkeypatch):
    with announce_port(4811):
        monkeypatch.setattr("os.getuid", lambda: announcements_folder().stat().st_uid + 1)
        assert announced_ports() == frozenset()


def test_a_link_to_a_private_folder_announces_nothing(tmp_path):
    with announce_port(4811):
        folder = announcements_folder().rename(tmp_path / "elsewhere")
        announcements_folder().symlink_to(folder)
        assert announced_ports() == frozenset()


def test_a_machine_without_a_usable_folder_announces_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    with announce_port(4811):
        assert announced_ports() == frozenset()


def test_without_a_runtime_folder_the_temporary_one_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert announcements_folder() == tmp_path / f"videojob-mockserver-{os.getuid()}"
    with announce_port(4811):
        assert announced_ports() == {4811}
