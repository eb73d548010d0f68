import subprocess

from runtime.locks import FileLock, is_held


def test_a_second_holder_is_refused_and_can_read_who_holds(tmp_path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    first.name_holder(4711)
    assert not second.acquire()
    assert second.holder() == 4711


def test_a_lock_that_was_closed_is_free(tmp_path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    first.acquire()
    first.close()
    assert second.acquire()


def test_taking_a_lock_twice_is_taking_it_once(tmp_path):
    lock = FileLock(tmp_path / "lock")
    assert lock.acquire()
    assert lock.acquire()
    lock.close()
    assert not is_held(tmp_path / "lock")


def test_an_heir_keeps_the_lock_after_its_parent_let_go(tmp_path):
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(lock.fd,)) as heir:
        lock.close()
        assert is_held(tmp_path / "lock")
        assert heir.stdin
        heir.stdin.close()
        heir.wait(10)
    assert not is_held(tmp_path / "lock")


def test_asking_who_holds_makes_no_file(tmp_path):
    assert not is_held(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()


def test_the_name_of_a_long_gone_holder_is_replaced_whole(tmp_path):
    lock = FileLock(tmp_path / "lock")
    (tmp_path / "lock").write_text("123456789\n")
    lock.acquire()
    lock.name_holder(7)
    assert lock.holder() == 7
    assert (tmp_path / "lock").read_text() == "7\n"
