"""Figures become a table, a file and a picture, and say honestly who is ahead."""

import asyncio
import json
import math

import pytest

from bench import plot, report, texts
from bench.figures import Line, Row, percentile
from bench.load import Heard, Plan, _talk


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.95, 4), (0.99, 4), (0.25, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile([4, 1, 3, 2], share) == value


def test_there_is_no_percentile_of_nothing():
    assert math.isnan(percentile([], 0.5))


def test_the_ratio_is_above_one_where_the_product_is_ahead():
    assert Line("wait", "ms", 100, 50).ratio == 2
    assert Line("rate", "1/s", 10, 50, more_is_better=True).ratio == 5
    assert Line("wait", "ms", 50, 100).ratio == 0.5
    assert Line("wait", "ms", None, 50).ratio is None


def row(name, value):
    return Row(
        name,
        name.title(),
        [Line("wait", "ms", 100.0, value, goal="<= 60", reached=True)],
        series={"stock": [0.1, 0.2], "product": [0.05]},
    )


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of matplotlib
MACHINE = {
    "commit": "abc",
    "at": "today",
    "processor": "a processor",
    "cores": 2,
    "memory_gib": 8,
    "system": "Linux",
    "load_before": [0.1, 0, 0],
    "versions": {"rasa": "3.6.21"},
}


def test_rows_run_alone_join_those_of_the_same_commit(tmp_path):
    path = tmp_path / "results.json"
    report.write_json(path, MACHINE, [row("alone", 50.0), row("turns", 20.0)])
    results = report.write_json(path, MACHINE, [row("alone", 40.0)])
    assert {one["name"]: one["lines"][0]["product"] for one in results["rows"]} == {
        "turns": 20.0,
        "alone": 40.0,
    }
    assert json.loads(path.read_text()) == results
    other = report.write_json(path, {**MACHINE, "commit": "def"}, [row("alone", 30.0)])
    assert [one["name"] for one in other["rows"]] == ["alone"]


def test_the_page_shows_both_systems_and_the_picture_is_drawn(tmp_path):
    results = report.write_json(tmp_path / "results.json", MACHINE, [row("alone", 50.0)])
    page = report.page(results)
    assert "| wait, ms | 100 | 50 | 2.0 x | <= 60 | yes |" in page
    assert "python -m bench --only alone" in page
    plot.draw(results, tmp_path / "bench.svg")
    assert "<svg" in (tmp_path / "bench.svg").read_text()


def test_no_message_to_the_product_is_written_twice():
    said = texts.product(1)
    many = [next(said) for _ in range(20_000)]
    assert len(set(map(str.lower, many))) > 0.97 * len(many)


async def _one_answer(patient):
    heard = Heard()
    plan = Plan("stock", "", messages=2)
    await _talk(plan, patient, iter(["a", "b"]), heard, None)
    return heard


class Silent:
    """A patient whom nobody answers."""

    async def say(self, text):
        raise ValueError("no answer")


def test_a_message_without_an_answer_is_counted_and_never_taken_for_a_quick_one():
    heard = asyncio.run(_one_answer(Silent()))
    assert heard.samples == []
    assert heard.errors == {"ValueError": 2}
