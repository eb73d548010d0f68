import io
import json

import pytest

from runtime.journal import Journal


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


def records(folder, program):
    return [json.loads(line) for line in (folder / f"{program}.log").read_text().splitlines()]


def test_a_sentence_is_shown_and_kept(tmp_path, terminal):
    Journal(tmp_path, terminal=terminal).say("It began.", port=8000)
    assert terminal.getvalue() == "It began.\n"
    [record] = records(tmp_path, "up")
    assert record["event"] == "It began."
    assert record["port"] == 8000
    assert record["level"] == "info"


def test_a_line_of_ours_keeps_its_fields_and_gets_its_programs_name(tmp_path, terminal):
    journal = Journal(tmp_path, terminal=terminal)
    text = journal.line("web-1", '{"event": "request", "request_id": "r1", "level": "info"}')
    [record] = records(tmp_path, "web-1")
    assert record == {"program": "web-1", "event": "request", "request_id": "r1", "level": "info"}
    assert text == "request"
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("raw", ["Traceback (most recent call last):", "{not json}", "{}{}"])
def test_any_other_line_is_wrapped(tmp_path, terminal, raw):
    Journal(tmp_path, terminal=terminal).line("worker", raw)
    [record] = records(tmp_path, "worker")
    assert (record["program"], record["event"]) == ("worker", raw)


@pytest.mark.parametrize(
    ("raw", "level", "event"),
    [
        ("[12] LOG:  ready", "info", "ready"),
        ("[12] WARNING:  slow", "warning", "slow"),
        ("[12] FATAL:  no more connections", "error", "no more connections"),
        ("[12] PANIC:  disk full", "critical", "disk full"),
    ],
)
def test_postgres_lines_get_our_levels(tmp_path, terminal, raw, level, event):
    Journal(tmp_path, terminal=terminal).line("postgres", raw)
    [record] = records(tmp_path, "postgres")
    assert (record["level"], record["event"], record["pid"]) == (level, event, 12)


def test_postgres_lines_before_its_settings_are_read_are_kept(tmp_path, terminal):
    assert Journal(tmp_path, terminal=terminal).line("postgres", "FATAL:  bad") == "bad"
    assert Journal(tmp_path, terminal=terminal).line("postgres", "no shape at all") == "no shape at all"


def test_valkey_lines_get_our_levels(tmp_path, terminal):
    journal = Journal(tmp_path, terminal=terminal)
    journal.line("valkey", "5459:M 21 Nov 2026 06:06:49.582 # WARNING Memory overcommit")
    journal.line("valkey", "5459:M 21 Nov 2026 06:06:49.582 * Ready to accept connections unix")
    assert [(one["level"], one["pid"]) for one in records(tmp_path, "valkey")] == [
        ("warning", 5459),
        ("info", 5459),
    ]


def test_verbose_shows_every_line(tmp_path, terminal):
    Journal(tmp_path, verbose=True, terminal=terminal).line("postgres", "[12] LOG:  ready")
    assert json.loads(terminal.getvalue())["event"] == "ready"


def test_a_full_file_is_put_aside(tmp_path, terminal, monkeypatch):
    monkeypatch.setattr("runtime.journal.FILE_BYTES", 400)
    journal = Journal(tmp_path, terminal=terminal)
    for number in range(20):
        journal.line("web-1", f"line {number}")
    assert (tmp_path / "web-1.log.1").exists()
    assert not (tmp_path / "web-1.log.4").exists()
