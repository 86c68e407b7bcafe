"""The product's worker that may be killed at any moment and is started again at once.

Everything is the real worker's but the lease of a send, which is shorter so that tests end. The
child's process id is in the file named by the first argument.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from bot import logs, worker
from bot.conversation.outbox import Outbox
from bot.settings import Settings

LEASE = timedelta(seconds=1.5)


def main(pid_file: Path) -> None:
    settings = Settings.from_environment()
    logs.configure(settings)
    Outbox.__init__.__kwdefaults__["lease"] = LEASE
    while True:
        child = os.fork()
        if child == 0:
            asyncio.run(worker.work(settings))
            os._exit(0)
        pid_file.write_text(str(child))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"the worker ended by itself: {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
