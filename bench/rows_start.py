"""Rows about one process at rest: starting, memory, training."""

from __future__ import annotations

from bench import processes
from bench.field import Field
from bench.figures import Line, Row, median

WEB_MIB, WEB_UP_S, HALF = 250.0, 6.0, 0.5


def start(field: Field) -> Row:
    """From the command to the first answer, in turns, nothing else running."""
    taken: dict[str, list[float]] = {"stock": [], "product": [], "web": []}
    for _ in range(field.options.rounds(2)):
        if not field.options.alone:
            stock = field.new_stock()
            taken["stock"].append(stock.start())
            stock.stop()
        product = field.new_product()
        taken["product"].append(product.start())
        product.stop()
        taken["web"].append(product.start_web())
        product.remove()
    up = {name: median(values) if values else None for name, values in taken.items()}
    return Row("start", "From the command to the first answer", [
        Line("first answer after", "s", up["stock"], up["product"], goal="<= half of stock",
             reached=_half(up["product"], up["stock"])),
        Line("messages are accepted after", "s", None, up["web"], goal=f"<= {WEB_UP_S:.0f}",
             reached=(up["web"] or 0) <= WEB_UP_S),
    ], series=taken)  # fmt: skip


def _half(ours: float | None, theirs: float | None) -> bool | None:
    return None if ours is None or theirs is None else ours <= HALF * theirs


def memory(field: Field) -> Row:
    """After some conversations; shared pages are divided among the processes that share them."""
    lines, series, web = [], {}, 0.0
    totals: dict[str, float] = {}
    for system in field.turn_about(1):
        field.play(system, patients=5, messages=int(field.options.scaled(20, 3)))
        found = {
            f"{name} {pid}": processes.memory(pid)
            for pid, name in processes.tree(system.pid).items()
        }
        totals[system.name] = sum(one.share for one in found.values())
        series[system.name] = {name: one.resident for name, one in found.items()}
        for name, one in found.items():
            kind = name.split()[0]
            web = max(web, one.resident) if kind == "web" else web
            pair = (one.resident, None) if system.name == "stock" else (None, one.resident)
            lines.append(Line(f"{system.name}: {kind}", "MiB", *pair))
    lines.append(Line("all processes", "MiB", totals.get("stock"), totals["product"]))
    lines.append(Line("web process, the largest", "MiB", None, web, goal=f"<= {WEB_MIB:.0f}",
                      reached=web <= WEB_MIB))  # fmt: skip
    return Row("memory", "Memory after some conversations", lines, series=series)


def training(field: Field) -> Row:
    """From nothing to a model, the command line included."""
    theirs = None if field.options.alone else field.new_stock().train()
    ours = field.plain_product().train()
    return Row("training", "Training the model", [Line("training", "s", theirs, ours)])
