"""Rows about answers: how long one patient waits, how many are served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench import processes
from bench.field import Field, System
from bench.figures import Line, Row, median, percentile

P95_ALONE_MS, TIMES_STOCK, FLAT, LATE_TURNS = 500.0, 5.0, 1.5, 10
SHARES = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))


@dataclass
class Served:
    """What one system did over all rounds."""

    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    """By kind of process."""
    load_cpu: float = 0.0
    answered: int = 0
    """With those of the warm-up: they cost processor time too."""
    lost: int = 0

    @property
    def rate(self) -> float:
        """Answered messages a second."""
        return len(self.waits) / self.seconds


def alone(bench: Field) -> Row:
    """One patient, the next question as soon as the answer is there."""
    served: dict[str, Served] = {}
    for system in bench.turn_about(bench.options.rounds(3)):
        heard = bench.play(
            system, patients=1, messages=int(bench.options.scaled(40, 5)), seed=len(served)
        )
        _add(served, system, heard)
    lines = _waits(served)
    p95 = percentile(served["product"].waits, 0.95) * 1000
    lines[1] = _with_goal(lines[1], f"<= {P95_ALONE_MS:.0f}", reached=p95 <= P95_ALONE_MS)
    return Row("alone", "One patient alone", lines, series=_series(served))


def twenty(bench: Field) -> Row:
    """Twenty patients who never pause; processor time of the servers and of the load beside it."""
    seconds, warm = bench.options.scaled(20, 4), bench.options.scaled(3, 1)
    served: dict[str, Served] = {}
    for round_, system in enumerate(bench.turn_about(bench.options.rounds(3))):
        before = _cpu(system)
        heard = bench.play(system, patients=20, seconds=seconds + warm, warm_up_s=warm, seed=round_)
        _add(served, system, heard, within=seconds + warm, seconds=seconds)
        _add_cpu(served[system.name], before, _cpu(system))
    ours, theirs = served["product"], served.get("stock")
    times = ours.rate / theirs.rate if theirs else None
    p50, p95, *_, lost = _waits(served)
    lines = [
        Line("messages a second", "1/s", theirs.rate if theirs else None, ours.rate,
             more_is_better=True, goal=f">= {TIMES_STOCK:.0f} times stock",
             reached=None if times is None else times >= TIMES_STOCK),
        p50, p95, lost,
        *_cpu_lines(theirs, ours),
    ]  # fmt: skip
    return Row("twenty", "Twenty patients at once, no pauses", lines, series=_series(served))


def crowd(bench: Field) -> Row:
    """Two hundred patients who read and think, half a minute on average; after all have come."""
    patients = int(bench.options.scaled(200, 20))
    seconds = bench.options.scaled(60, 5)
    served: dict[str, Served] = {}
    for system in bench.turn_about(1):
        heard = bench.play(
            system,
            patients=patients,
            seconds=seconds,
            warm_up=0,
            warm_up_s=bench.options.scaled(5, 1),
            think_s=bench.options.scaled(30, 3),
        )
        _add(served, system, heard)
    return Row("crowd", f"{patients} patients who think", _waits(served), series=_series(served))


def turns(bench: Field) -> Row:
    """One conversation that goes on and on: whether a turn gets slower."""
    length = int(bench.options.scaled(200, 25))
    window = min(LATE_TURNS, length // 3)
    times: dict[str, list[float]] = {}
    for system in bench.turn_about(1):
        heard = bench.play(system, patients=1, messages=length, warm_up=0)
        times[system.name] = [wait for _, wait, _ in heard["samples"]]
    early = {name: median(waits[:window]) * 1000 for name, waits in times.items()}
    late = {name: median(waits[-window:]) * 1000 for name, waits in times.items()}
    growth = {name: late[name] / early[name] for name in times}
    return Row("turns", f"A conversation of {length} turns", [
        Line(f"first {window} turns, p50", "ms", early.get("stock"), early["product"]),
        Line(f"last {window} turns, p50", "ms", late.get("stock"), late["product"]),
        Line("a late turn costs, of an early one", "times", growth.get("stock"), growth["product"],
             goal=f"<= {FLAT}", reached=growth["product"] <= FLAT),
    ], series=times)  # fmt: skip


def _add(
    served: dict[str, Served], system: System, heard: dict[str, Any], *,
    within: float | None = None, seconds: float = 0.0,
) -> None:  # fmt: skip
    one = served.setdefault(system.name, Served())
    one.waits += [
        wait for start, wait, _ in heard["samples"] if within is None or start + wait <= within
    ]
    one.seconds += seconds or heard["seconds"]
    one.load_cpu += heard["load_cpu_s"]
    one.answered += heard["answered"]
    one.lost += sum(heard["errors"].values())


def _waits(served: dict[str, Served]) -> list[Line]:
    ours, theirs = served["product"], served.get("stock")
    lines = [
        Line(f"answer, {name}", "ms",
             percentile(theirs.waits, share) * 1000 if theirs else None,
             percentile(ours.waits, share) * 1000)
        for name, share in SHARES
    ]  # fmt: skip
    lost = Line("messages without an answer", "", theirs.lost if theirs else None, ours.lost)
    return [*lines, lost]


def _with_goal(line: Line, goal: str, *, reached: bool) -> Line:
    return Line(line.label, line.unit, line.stock, line.product, goal=goal, reached=reached)


def _cpu_lines(theirs: Served | None, ours: Served) -> list[Line]:
    label = "processor time for 1,000 messages"
    total = Line(label, "s", _per_thousand(theirs, "all"), _per_thousand(ours, "all"))
    parts = [Line(f"of these {kind}", "s", None, _per_thousand(ours, kind)) for kind in ours.cpu]
    load = Line(
        "of the load itself", "s", _per_thousand(theirs, "load"), _per_thousand(ours, "load")
    )
    return [total, *parts, load]


def _per_thousand(served: Served | None, kind: str) -> float | None:
    if served is None or not served.answered:
        return None
    known = {"all": sum(served.cpu.values()), "load": served.load_cpu, **served.cpu}
    return known[kind] / served.answered * 1000


def _cpu(system: System) -> dict[str, float]:
    found: dict[str, float] = {}
    for pid, name in processes.tree(system.pid).items():
        found[name] = found.get(name, 0.0) + processes.cpu_seconds(pid)
    return found


def _add_cpu(served: Served, before: dict[str, float], after: dict[str, float]) -> None:
    for name, seconds in after.items():
        served.cpu[name] = served.cpu.get(name, 0.0) + seconds - before.get(name, 0.0)


def _series(served: dict[str, Served]) -> dict[str, list[float]]:
    return {name: [round(wait, 4) for wait in one.waits] for name, one in served.items()}
