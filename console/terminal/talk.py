"""Asking and telling at a terminal; piped input is read line by line, so that scripts and tests can answer too."""

import sys
from dataclasses import dataclass
from getpass import getpass
from typing import Any, TextIO


class HungUp(Exception):
    """The input has ended."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Where lines come from and go to."""

    read: TextIO
    write: Any

    def say(self, *lines: str) -> None:
        """Print lines. Control characters of stored text never reach the terminal."""
        for line in lines:
            self.write.write(plain(line) + "\n")

    def ask(self, question: str) -> str:
        """A line of the person's, without spaces around it. Raises HungUp at the end of the input."""
        self.write.write(f"{question}: ")
        if hasattr(self.write, "flush"):
            self.write.flush()
        line = self.read.readline()
        if not line:
            raise HungUp
        return line.strip()

    def ask_secret(self, question: str) -> str:
        """As `ask`, without showing at a terminal what is typed."""
        if self.read is sys.stdin and sys.stdin.isatty():
            return getpass(f"{question}: ")
        return self.ask(question)


def plain(text: str) -> str:
    """Text whose control characters (escape sequences among them) are shown as what they are."""
    return "".join(one if one.isprintable() or one in "\n\t" else f"\\x{ord(one):02x}" for one in text)
