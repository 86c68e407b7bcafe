"""`python -m bot nurse`: accounts of the console."""

from __future__ import annotations

import argparse
import getpass
import sys

from bot import parts
from bot.consultations import accounts
from bot.errors import InvalidInput
from bot.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """add, list, disable, enable, reset."""
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="make an account")
    add.add_argument("name")
    add.add_argument("--display-name", default="")
    add.add_argument("--role", default="nurse", choices=accounts.ROLES)
    add.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    actions.add_parser("list", help="show all accounts")
    for action, text in (
        ("disable", "end its sessions and lock it"),
        ("enable", "unlock it"),
        ("reset", "make a new one-time password"),
    ):
        actions.add_parser(action, help=text).add_argument("name")


def run(chosen: argparse.Namespace, settings: Settings) -> None:
    """Do it in one transaction."""
    password = _password(chosen) if chosen.action == "add" else None
    record = parts.database(settings)
    try:
        with record.write() as session:
            if chosen.action == "add":
                accounts.add(
                    session,
                    chosen.name,
                    display_name=chosen.display_name,
                    role=chosen.role,
                    password=password,
                )
                print(f"Account {chosen.name} made.")  # noqa: T201
            elif chosen.action == "list":
                for nurse in accounts.everybody(session):
                    state = "disabled" if nurse.disabled_at else "active"
                    print(f"{nurse.name}\t{nurse.role}\t{state}")  # noqa: T201
            elif chosen.action == "reset":
                print(accounts.reset_password(session, chosen.name))  # noqa: T201
            else:
                getattr(accounts, chosen.action)(session, chosen.name)
    finally:
        record.close()


def _password(chosen: argparse.Namespace) -> str:
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InvalidInput("the two passwords differ")
    return first
