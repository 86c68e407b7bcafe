"""A tree of processes: its memory, its processor time, halting it while others are measured."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Of one process, in MiB."""

    resident: float
    share: float
    """Pages used by several processes are divided among them: these may be added up."""


def tree(pid: int) -> dict[int, str]:
    """The process and all below it: id to name."""
    found = {}
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        with suppress(OSError):  # it ended meanwhile
            found[one] = _name(one)
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return found


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    for module in ("bot", "rasa"):
        if module in words:
            return words[words.index(module) + 1]
    return Path(words[0]).name or "?"


def memory(pid: int) -> Memory:
    """What a process occupies now."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {row.split(":")[0]: int(row.split()[1]) for row in rows}
    return Memory(kib["Rss"] * 1024 / MIB, kib["Pss"] * 1024 / MIB)


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, user and system; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS


@contextmanager
def halted(pid: int) -> Iterator[None]:
    """The whole tree stands still during the block, so that it takes no time from others."""
    pids = list(tree(pid))
    send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        send(reversed(pids), signal.SIGCONT)


def send(pids: object, number: signal.Signals) -> None:
    """A signal to each that still lives."""
    for pid in pids:  # type: ignore[attr-defined]
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def end(pid: int) -> None:
    """Stop the tree at once."""
    send(tree(pid), signal.SIGKILL)
