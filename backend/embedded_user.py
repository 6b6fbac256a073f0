"""The system user the embedded PostgreSQL runs as: PostgreSQL refuses to run as root."""

import errno
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SYSTEM_USER = "embedded_postgres"


class SubprocessOptions(TypedDict, total=False):
    """What `subprocess.run` is told so that a program runs as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Who runs the server: ourselves (`None`), or the system user root hands it to."""

    account: pwd.struct_passwd | None

    def subprocess_options(self) -> SubprocessOptions:
        """Return the arguments that make a subprocess run as this user."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def _uid(self) -> int:
        return os.geteuid() if self.account is None else self.account.pw_uid

    def own(self, folder: Path) -> None:
        """Make `folder` this user's alone, and reachable by them; refuse one that is somebody else's."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A folder with a foreseeable name in a shared place may have been laid there by someone else.
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), self._uid()}:
            raise PermissionError(errno.EPERM, f"{folder} belongs to someone else")
        if self.account is not None:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
            let_through(folder)
        folder.chmod(0o700)

    def may_read(self, folder: Path) -> None:
        """Let this user read and run what is in `folder`, which a strict umask may have kept from them."""
        if self.account is None:
            return
        let_through(folder)
        if all(path.stat().st_mode & stat.S_IXOTH for path in (folder, folder / "bin" / "postgres")):
            return
        for path in (folder, *folder.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def server_user() -> ServerUser:
    """Return the user the server runs as: ourselves, or, for root, `embedded_postgres`, made when it is missing."""
    if os.geteuid() != 0:
        return ServerUser(None)
    try:
        return ServerUser(pwd.getpwnam(SYSTEM_USER))
    except KeyError:
        return ServerUser(_made_user())


def let_through(folder: Path) -> None:
    """Let other users pass through the folders above `folder`, without letting them list or read what is there."""
    for parent in folder.resolve().parents:
        mode = stat.S_IMODE(parent.stat().st_mode)
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _made_user() -> pwd.struct_passwd:
    program = shutil.which("useradd")
    if program is None:
        # Every Unix has this one: it owns nothing.
        return pwd.getpwnam("nobody")
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/bin/false"]
    subprocess.run([program, *options, SYSTEM_USER], check=True, capture_output=True)  # noqa: S603 - no shell.
    return pwd.getpwnam(SYSTEM_USER)
