"""The command line as an administrator uses it, against an installation of its own."""

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta

import pytest

from bot import parts
from bot.clock import now
from bot.commands import COMMANDS, main
from bot.conversation import conversations
from bot.conversation.intake import Incoming, Intake
from bot.settings import ROOT, Settings
from bot.store import Database
from bot.store.tables import AuditEntry, Gap, Nurse

EMERGENCY = "Both my legs are numb and I cannot pee"
PASSWORD = "five blue herons at dawn"


@pytest.fixture
def var(tmp_path, empty_record, monkeypatch):
    shutil.copy(empty_record, tmp_path / "assistant.db")
    monkeypatch.setenv("VAR", str(tmp_path))
    for name in ("DATABASE_URL", "RASA_TRACKER_URL", "ENVIRONMENT", "TELEGRAM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def record(var):
    database = Database(f"sqlite:///{var / 'assistant.db'}")
    yield database
    database.close()


@pytest.fixture
def bot(capsys):
    """A function that runs a command: exit code, standard output, standard error."""

    def run(*arguments):
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def emergency(record, triage):
    """The id of a conversation with an emergency in it."""
    settings = Settings()
    intake = Intake(
        record, triage, parts.safety_wording(settings), parts.wording(settings), settings
    )
    with record.write() as session:
        started = conversations.start(session, channel="widget", locale="en")
    intake.accept(started.id, Incoming("m1", text=EMERGENCY))
    return started.id


def test_help_names_every_command(bot):
    code, out, _ = bot("--help")
    assert code == 0
    for name, summary in COMMANDS.items():
        assert name in out
        assert bot(name, "--help")[0] == 0
        assert summary in " ".join(bot(name, "--help")[1].split())


def test_processes_that_answer_many_read_a_text_on_one_core(bot, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "before")
    monkeypatch.delenv("OMP_NUM_THREADS")
    bot("train", "--help")
    assert "OMP_NUM_THREADS" not in os.environ
    bot("web", "--help")
    assert os.environ["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("arguments", [(), ("fly",), ("nurse",), ("export",), ("requests", "sort")])
def test_a_wrong_command_line_is_explained(bot, arguments):
    code, _, err = bot(*arguments)
    assert code == 2
    assert "usage:" in err


def test_requests_are_listed_for_programs(bot, emergency):
    code, out, _ = bot("requests", "list", "--json")
    (listed,) = json.loads(out)
    assert code == 0
    assert listed["conversation"] == emergency
    assert (listed["priority"], listed["status"]) == ("emergency", "new")
    assert listed["messages"] == ["m1"]
    assert listed["signs"]
    assert set(listed) >= {"id", "created_at"}


def test_requests_are_listed_for_people(bot, emergency):
    _, out, _ = bot("requests", "list")
    assert "emergency" in out
    assert EMERGENCY not in out


def test_no_requests_are_an_empty_list(bot, var):
    assert bot("requests", "list", "--json")[:2] == (0, "[]\n")


def test_an_account_is_made_with_a_password_from_standard_input(bot, record, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    code, out, _ = bot("nurse", "add", "vera", "--password-stdin")
    assert code == 0
    assert PASSWORD not in out
    with record.read() as session:
        (nurse,) = session.query(Nurse)
    assert nurse.name == "vera"
    assert nurse.password_hash.startswith("$argon2id$")
    assert "vera" in bot("nurse", "list")[1]


def test_an_account_made_twice_is_refused_in_one_line(bot, var, monkeypatch):
    for refused in (False, True):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        code, _, err = bot("nurse", "add", "vera", "--password-stdin")
        assert bool(code) is refused
    assert err.startswith("nurse: ")
    assert err.count("\n") == 1


def test_a_short_password_is_refused(bot, record, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert bot("nurse", "add", "vera", "--password-stdin")[0] == 1
    with record.read() as session:
        assert session.query(Nurse).count() == 0


def test_an_account_is_disabled_enabled_and_reset(bot, var, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    bot("nurse", "add", "vera", "--password-stdin")
    assert bot("nurse", "disable", "vera")[0] == 0
    assert "disabled" in bot("nurse", "list")[1]
    assert bot("nurse", "enable", "vera")[0] == 0
    assert "active" in bot("nurse", "list")[1]
    assert len(bot("nurse", "reset", "vera")[1].strip()) >= 12
    assert bot("nurse", "disable", "nobody")[0] == 1


def test_everything_about_a_conversation_is_exported(bot, emergency):
    code, out, _ = bot("export", emergency)
    exported = json.loads(out)
    assert code == 0
    assert exported["messages"][0]["text"] == EMERGENCY
    assert exported["requests"][0]["priority"] == "emergency"
    assert "token_hash" not in out


def test_erasing_says_what_went_and_is_audited(bot, emergency, record):
    code, out, _ = bot("erase", emergency)
    assert code == 0
    assert "messages: 2 rows deleted" in out
    assert bot("export", emergency)[0] == 1
    assert json.loads(bot("requests", "list", "--json")[1]) == []
    with record.read() as session:
        (entry,) = session.query(AuditEntry)
    assert entry.action == "conversation.erase"
    assert bot("audit", "verify")[0] == 0


@pytest.mark.parametrize("command", ["export", "erase"])
def test_an_unknown_conversation_is_said_in_one_line(bot, var, command):
    code, out, err = bot(command, "0" * 32)
    assert (code, out) == (1, "")
    assert err == f"{command}: there is no such conversation\n"


def test_a_backup_taken_while_the_record_is_in_use_is_whole(bot, emergency, record, tmp_path):
    copy = tmp_path / "copy.db"
    with record.read() as session:
        session.query(Nurse).count()
        code, out, _ = bot("backup", str(copy))
    assert (code, out) == (0, f"Saved to {copy}.\n")
    stored = sqlite3.connect(copy)
    assert stored.execute("SELECT text FROM messages ORDER BY id").fetchone() == (EMERGENCY,)
    assert stored.execute("SELECT id FROM conversations").fetchone() == (emergency,)
    stored.close()


def test_a_backup_never_overwrites(bot, var, tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    code, _, err = bot("backup", str(tmp_path / "copy.db"))
    assert code == 1
    assert "exists already" in err
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_changed_audit_row_is_found(bot, emergency, record):
    bot("erase", emergency)
    with record.write() as session:
        session.query(AuditEntry).one().actor = "nobody"
    code, out, _ = bot("audit", "verify")
    assert code == 1
    assert "breaks at row 1" in out


def note(record, *asked, kind="not_in_guide", at=None):
    with record.write() as session:
        for locale, text in asked:
            session.add(Gap(at=at or now(), locale=locale, text=text, kind=kind))


def test_gaps_of_a_fresh_installation_are_none_and_it_is_said(bot, tmp_path, monkeypatch):
    monkeypatch.setenv("VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert bot("gaps")[:2] == (0, "No questions without an answer.\n")


def test_gaps_are_listed_the_same_question_once_the_most_frequent_first(bot, record):
    note(record, ("fr", "Où se garer ?"), ("en", "How much?"), ("fr", "ou se garer"))
    _, out, _ = bot("gaps")
    lines = out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert lines[0].endswith("ou se garer")


def test_gaps_are_chosen_by_day_and_language(bot, record):
    note(record, ("es", "¿Cuánto cuesta?"), at=now() - timedelta(days=40))
    note(record, ("es", "¿Hay wifi?"), ("en", "Is there a garden?"))
    out = bot("gaps", "--language", "es", "--since", (now().date() - timedelta(days=7)).isoformat())
    assert "¿Hay wifi?" in out[1]
    assert "cuesta" not in out[1]
    assert "garden" not in out[1]
    code, _, err = bot("gaps", "--since", "last week")
    assert code == 2
    assert "write the day like" in err


def test_a_gap_cannot_write_to_the_terminal(bot, record):
    note(record, ("en", "a\n\x1b[2Jb"), ("en", "🙂"), ("en", "c\u202ed"))
    _, out, _ = bot("gaps")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out.splitlines()) == 4


GUIDE = "microscope-assisted-spinal-surgery"
APPROVE = ("guide", "approve", GUIDE, "es", "s01", "--part", "text", "--by")


@pytest.fixture
def spanish(tmp_path, monkeypatch):
    """The Spanish file of a data directory of its own."""
    shutil.copytree(ROOT / "data" / "guide", tmp_path / "data" / "guide")
    monkeypatch.setenv("DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "guide" / f"{GUIDE}.es.yml"


def waiting(bot):
    return [line for line in bot("guide", "list", "--waiting", "--language", "es")[1].splitlines()
            if line.split()[1:3] == ["s01", "text"]]  # fmt: skip


def test_a_clinician_sees_what_waits_approves_it_and_reads_which_words(bot, spanish):
    assert len(waiting(bot)) == 1
    code, out, _ = bot(*APPROVE, "Zoë Ñúñez-O'Brien")
    assert code == 0
    assert "s01 (text, es) approved by Zoë Ñúñez-O'Brien:" in out
    library = parts.library(Settings.from_environment())
    passage = library.passage("s01")
    assert passage.wording("es").verbatim.text in out
    assert passage.source_text in out
    assert waiting(bot) == []
    assert "Zoë Ñúñez-O'Brien" in bot("guide", "list")[1]


def test_a_second_approval_says_whose_it_replaces(bot, spanish):
    bot(*APPROVE, "Vera Sol")
    out = bot(*APPROVE, "Olga Mar", "--expires", "2999-01-01")[1]
    assert "approved by Vera Sol" in out
    assert "Olga Mar" in bot("guide", "list")[1]
    assert "Vera Sol" not in bot("guide", "list")[1]


def test_a_text_changed_after_its_approval_waits_again(bot, spanish):
    bot(*APPROVE, "Vera Sol")
    text = spanish.read_text("utf-8")
    spanish.write_text(text.replace('text: "La cirugía', 'text: "Hoy la cirugía', 1), "utf-8")
    assert text != spanish.read_text("utf-8")
    (line,) = waiting(bot)
    assert "changed since approved by Vera Sol" in line
    bot(*APPROVE, "Vera Sol")
    assert waiting(bot) == []


def test_two_approvals_at_the_same_moment_are_both_kept(spanish):
    command = [sys.executable, "-m", "bot", "guide", "approve", GUIDE, "es"]
    both = [
        subprocess.Popen([*command, passage, "--part", "plain", "--by", "Vera Sol"], cwd=ROOT)
        for passage in ("s01", "s02")
    ]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    assert spanish.read_text("utf-8").count("Vera Sol") == 2


@pytest.mark.parametrize(("changed", "said"), [
    ({"guide": "knee"}, "the guides are: microscope-assisted-spinal-surgery"),
    ({"guide": "../guide/microscope-assisted-spinal-surgery"}, "there is no"),
    ({"passage": "s99"}, "has no text of a passage s99"),
    ({"language": "en"}, "approved by their publication"),
    ({"by": "  "}, "name of who gives it"),
    ({"by": "Eve\nstate: approved"}, "one line"),
])  # fmt: skip
def test_what_cannot_be_approved_is_explained_in_one_line_and_changes_nothing(
    bot, spanish, changed, said
):
    given = {"guide": GUIDE, "language": "es", "passage": "s01", "by": "Vera Sol", **changed}
    before = spanish.read_bytes()
    code, _, err = bot("guide", "approve", given["guide"], given["language"], given["passage"],
                       "--part", "text", "--by", given["by"])  # fmt: skip
    assert code == 1
    assert said in err
    assert err.count("\n") == 1
    assert spanish.read_bytes() == before


def test_the_content_as_it_is_has_no_problems(bot):
    code, out, _ = bot("validate")
    assert (code, out) == (0, "All content files are sound.\n")


def test_a_broken_content_file_is_named(bot, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "data" / "wording" / "fr.yml").write_text("texts: [", "utf-8")
    monkeypatch.setenv("DATA", str(tmp_path / "data"))
    code, out, _ = bot("validate")
    assert code == 1
    assert "fr.yml" in out


def test_the_lexicon_is_exported_as_a_table(bot):
    code, out, _ = bot("triage", "export")
    assert code == 0
    assert len(out.splitlines()) > 50


def test_triage_says_why_it_decides_as_it_does(bot):
    code, out, _ = bot("triage", "why", "no fever", "my wound is leaking")
    assert code == 0
    denied, fever, leaking, *leak = out.splitlines()
    assert (denied, leaking) == ("none: no fever", "urgent: my wound is leaking")
    assert fever == '  none: fever, negated, lexicon, "fever" (en.fever.1)'
    assert any(line.startswith("  urgent: wound_fluid, present, lexicon") for line in leak)


def test_a_reader_that_has_enough_ends_an_export_quietly():
    """`... export | head -1`"""
    export = subprocess.Popen(
        [sys.executable, "-m", "bot", "triage", "export"], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert export.stdout.readline().startswith(b"id,")
    export.stdout.close()
    assert export.wait(timeout=60) == 0
    assert export.stderr.read() == b""
    export.stderr.close()


def test_wrong_settings_are_said_in_one_line(bot, monkeypatch):
    monkeypatch.setenv("PORT", "http")
    code, _, err = bot("requests", "list")
    assert code != 0
    assert "PORT" in err
    assert "Traceback" not in err


def test_a_record_that_is_locked_is_read_and_to_write_is_refused_in_one_line(bot, var, monkeypatch):
    monkeypatch.setattr("bot.store.database.LOCK_WAIT_S", 0.2)
    lock = sqlite3.connect(var / "assistant.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    assert bot("requests", "list")[0] == 0
    code, _, err = bot("nurse", "list")
    lock.close()
    assert code == 1
    assert err == "nurse: the database does not answer\n"
