"""The two systems of a run, one at a time: while one is measured the other stands still."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import Self

from bench import processes, services
from bench.product import Product
from bench.stock import Stock
from bot.settings import ROOT

System = Stock | Product
LOAD_WITHIN_S = 1_200.0


@dataclass(frozen=True)
class Options:
    """How a run is made."""

    quick: bool = False
    """Short: shows that everything works, not how fast."""
    alone: bool = False
    """Without stock Rasa."""
    rasa_workers: int = 1
    web_workers: int = 1
    cache: Path = ROOT / "var" / "bench"

    @property
    def several(self) -> bool:
        """Whether PostgreSQL and Redis are needed."""
        return max(self.rasa_workers, self.web_workers) > 1

    def scaled(self, full: float, quick: float) -> float:
        """The full measure or the quick one."""
        return quick if self.quick else full

    def rounds(self, full: int) -> int:
        """How often the systems take turns."""
        return 1 if self.quick else full


@dataclass
class Field:
    """Systems that are started when a row first needs them."""

    options: Options
    tell: Callable[[str], None]
    _running: dict[str, System] = field(default_factory=dict)
    _ends: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        """As a context: at its end everything is stopped."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what runs and delete what was stored."""
        self._ends.close()

    @property
    def stock(self) -> Stock | None:
        """Stock Rasa, running; None in a run without it."""
        if self.options.alone:
            return None
        if "stock" not in self._running:
            self._begin(self.new_stock())
        found = self._running["stock"]
        assert isinstance(found, Stock)
        return found

    @property
    def product(self) -> Product:
        """The product, running, with the switches of this run."""
        if "product" not in self._running:
            self._begin(self.new_product())
        found = self._running["product"]
        assert isinstance(found, Product)
        return found

    def drop_product(self) -> None:
        """A row has spoiled it: the next row gets a new one."""
        self._running.pop("product").stop()

    def new_stock(self) -> Stock:
        """Made and trained, not started."""
        stock = Stock(self.options.cache)
        self.tell("stock Rasa project: made and trained when it is not there yet ...")
        stock.prepare()
        return stock

    def new_product(self) -> Product:
        """Trained, not started."""
        settings = self._ends.enter_context(switches(self.options)) if self.options.several else {}
        return self.plain_product(**settings)

    def plain_product(self, **settings: str) -> Product:
        """One process of each kind on SQLite, unless settings say otherwise; not started."""
        product = Product(self.options.cache, **settings)
        self._ends.callback(product.remove)
        product.prepare()
        return product

    def turn_about(self, rounds: int) -> Iterator[System]:
        """Both in alternating order, `rounds` times each; the other one stands still meanwhile."""
        stock, product = self.stock, self.product
        pair: list[System] = [product] if stock is None else [stock, product]
        for number in range(rounds):
            for system in pair if number % 2 == 0 else reversed(pair):
                with self.still(system):
                    yield system

    def play(self, system: System, **plan: Any) -> dict[str, Any]:
        """Let the second process play patients; returns what it heard.

        Systems other than the one played with stand still.
        """
        given = json.dumps({**system.plan(), **plan})
        with self.still(system):
            heard: dict[str, Any] = json.loads(second_process("bench.load", given))
        if heard["errors"]:
            self.tell(f"  {system.name}: not answered: {heard['errors']}")
        return heard

    @contextmanager
    def still(self, but: System | None = None) -> Iterator[None]:
        """All running systems stand still, but one."""
        with ExitStack() as still:
            for other in self._running.values():
                if other is not but:
                    still.enter_context(processes.halted(other.pid))
            yield

    def _begin(self, system: System) -> None:
        self._ends.callback(system.stop)
        self.tell(f"starting {system.name} ...")
        with self.still():
            system.start()
        self._running[system.name] = system


def second_process(module: str, *arguments: str) -> str:
    """Run one of ours beside the systems; returns its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=True, text=True,
        stdout=subprocess.PIPE, timeout=LOAD_WITHIN_S,
    )  # fmt: skip
    return done.stdout


@contextmanager
def switches(options: Options) -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis, and the settings that make several processes use them."""
    with services.postgresql() as (record, dialogue), services.redis_server() as locks:
        yield {
            "DATABASE_URL": record, "RASA_TRACKER_URL": dialogue, "REDIS_URL": locks,
            "RASA_WORKERS": str(options.rasa_workers), "WEB_WORKERS": str(options.web_workers),
        }  # fmt: skip
