"""The dialogue process with the real model and one action replaced: `fails` or `hangs`."""

import asyncio
import sys
from pathlib import Path

import uvicorn

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bot import training  # noqa: E402
from bot.nlu.host import Host  # noqa: E402
from bot.settings import Settings  # noqa: E402

LONG_S = 3600


async def fails(_dispatcher, _tracker, _domain):
    raise RuntimeError("this action is broken")


async def hangs(_dispatcher, _tracker, _domain):
    await asyncio.sleep(LONG_S)


def main():
    settings = Settings.from_environment()
    host = Host(settings, settings.models / f"{training.NAME}.tar.gz")
    broken = {"fails": fails, "hangs": hangs}[sys.argv[1]]
    host._agent.action_endpoint._executor.actions["action_answer"] = broken
    port = int(settings.rasa_url.rpartition(":")[2])
    uvicorn.run(
        host.app(),
        host="127.0.0.1",
        port=port,
        log_config=None,
        lifespan="off",
        ws="none",
        loop="asyncio",
    )


if __name__ == "__main__":
    main()
