"""Which account the embedded servers run as, and what that account can read. PostgreSQL refuses to run as
root.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from runtime.errors import ConfigurationError

ACCOUNTS = ("garner", "nobody")
"""Accounts to demote to, the first that exists: a dedicated one if the operator made it, else the one every
system has.
"""


class Identity(TypedDict, total=False):
    """Arguments of subprocess.Popen that make a child another account's."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system account."""

    uid: int
    gid: int

    def popen_arguments(self) -> Identity:
        """What makes subprocess.Popen run as this account and no group besides its own."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(folder: Path) -> Account | None:
    """The account to demote to for a server whose data lie in `folder`; None when we are not root.

    Data that an ordinary account owns stay that account's: root only lends a hand. Raises
    ConfigurationError when the system has no account to demote to.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (found := folder.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and this system has neither an account 'garner' nor 'nobody': "
        "add one, start Garner as an ordinary account, or set DATABASE_URL."
    )


def identity_of(account: Account | None) -> Identity:
    """Popen's arguments for the account; none when there is nobody to demote to."""
    return account.popen_arguments() if account else {}


def give(folder: Path, account: Account | None) -> None:
    """Make a folder, if it is missing, that only the account (or we) may enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(0o700)


def can_read(path: Path, account: Account) -> bool:
    """Whether the account may read (a folder: list and enter) the path, judged by the mode bits of it and
    all above it.
    """
    wanted = 0o5 if path.is_dir() else 0o4
    return _allowed(path, account, wanted) and all(_allowed(parent, account, 0o1) for parent in path.parents)


def _allowed(path: Path, account: Account, wanted: int) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        granted = stat.S_IMODE(found.st_mode) >> 6
    elif found.st_gid == account.gid:
        granted = stat.S_IMODE(found.st_mode) >> 3
    else:
        granted = stat.S_IMODE(found.st_mode)
    return granted & wanted == wanted
