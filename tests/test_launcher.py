"""./zhangyin on machines of every kind. The installer uv is a stand-in that notes its calls."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = (
    "cat", "cksum", "dirname", "grep", "mkdir", "mv", "readlink", "rm", "sh", "sleep",
)  # fmt: skip
ECHO = "import os, sys\nprint(os.getcwd(), sys.argv[1:], sys.prefix)\nsys.exit(7)\n"
UV = '#!/bin/sh\n[ "$1" = --version ] && exit 0\nsleep 1\necho "$@" >>"$UV_NOTES"\n'
# Answers what the launcher asks a Python; the second lacks Debian's python3-venv.
PYTHON_WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n'
OLD_PYTHON = "#!/bin/sh\nexit 1\n"


class Machine:
    """A checkout with the real launcher, and a PATH that holds what the test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        (self.root / "app").mkdir(parents=True)
        shutil.copy(ROOT / "zhangyin", self.root)
        (self.root / "app" / "__init__.py").touch()
        (self.root / "app" / "cli.py").write_text(ECHO)
        for name in ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
            (self.root / name).write_text(f"# {name}\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or "/nowhere")
        self.notes = folder / "uv-notes"

    def put(self, name: str, script: str) -> None:
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def put_python(self) -> None:
        # a wrapper: a symlink would take the environment the tests run in for its own
        self.put("python3", f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" "$@"\n')

    def start(self, *arguments: str, launcher: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(launcher or self.root / "zhangyin"), *arguments],
            env={"PATH": str(self.bin), "UV_NOTES": str(self.notes)},
            cwd=self.bin.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, launcher: Path | None = None) -> tuple[int, str, str]:
        process = self.start(*arguments, launcher=launcher)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def installed(self) -> list[str]:
        """The locks that were installed, in order."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        assert all("--require-hashes" in line for line in lines)
        return [Path(line.split()[-1]).name for line in lines]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def with_link(machine: Machine) -> Machine:
    """A checkout whose .venv is a link to the environment these tests run in."""
    (machine.root / ".venv").symlink_to(sys.prefix)
    return machine


def test_arguments_folder_and_exit_code_pass_through(with_link: Machine) -> None:
    """
    The command runs in the caller's folder, gets its words unbroken, and its exit code comes back.
    A .venv that is a link is somebody else's: nothing is installed into it.
    """
    code, out, err = with_link.run("verify", "two words.pdf", "--at", "*")

    assert code == 7
    assert out.startswith(f"{with_link.bin.parent} ['verify', 'two words.pdf', '--at', '*']")
    assert err == ""
    assert with_link.installed() == []


def test_it_may_be_called_through_symbolic_links(with_link: Machine, tmp_path: Path) -> None:
    """
    A chain of links, absolute and relative, leads to the checkout, not to the links' folders.
    """
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "first").symlink_to("../checkout/zhangyin")
    (tmp_path / "second").symlink_to(tmp_path / "x" / "first")
    # a package of the same name in the caller's folder is not taken for ours
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "cli.py").write_text("raise SystemExit(1)")

    assert with_link.run("x", launcher=tmp_path / "second")[0] == 7


def test_packages_are_installed_when_the_lock_is_new_and_only_then(machine: Machine) -> None:
    """
    First start installs, the second does not, a changed lock does again; ``test`` takes the
    larger lock, which serves all other commands as well.
    """
    machine.put_python()
    machine.put("uv", UV)

    code, out, err = machine.run("demo")
    assert code == 7
    assert str(machine.root / ".venv") in out
    assert "installing" in err  # progress goes to stderr, stdout belongs to the command
    assert machine.run("demo")[2] == ""
    assert machine.installed() == ["requirements.lock"]

    (machine.root / "requirements.lock").write_text("# newer\n")
    machine.run("demo")
    machine.run("test")
    assert machine.run("demo")[2] == machine.run("test")[2] == ""
    assert machine.installed() == ["requirements.lock"] * 2 + ["requirements-dev.lock"]
    assert not (machine.root / ".venv.lock").exists()


def test_starts_at_the_same_time_install_once(machine: Machine) -> None:
    """
    The second start waits for the first and then simply runs.
    """
    machine.put_python()
    machine.put("uv", UV)

    both = [machine.start("demo"), machine.start("demo")]

    errors = [each.communicate(timeout=60)[1] for each in both]
    assert [each.returncode for each in both] == [7, 7]
    assert any("another start is installing" in each for each in errors)
    assert machine.installed() == ["requirements.lock"]


def test_the_lock_of_a_killed_installer_is_taken_over(machine: Machine) -> None:
    """
    A start that was killed while installing does not block the next one.
    """
    machine.put_python()
    machine.put("uv", UV)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (machine.root / ".venv.lock").mkdir()
    (machine.root / ".venv.lock" / "pid").write_text(f"{dead.pid}\n")

    assert machine.run("demo")[0] == 7
    assert not (machine.root / ".venv.lock").exists()


def test_a_failed_installation_is_told_and_tried_again(machine: Machine) -> None:
    """
    Nothing is marked as installed that is not.
    """
    machine.put_python()
    machine.put("uv", UV + "exit 2\n")

    code, out, err = machine.run("demo")

    assert (code, out) == (69, "")
    assert "could not be installed" in err
    machine.put("uv", UV)
    assert machine.run("demo")[0] == 7


@pytest.mark.parametrize(
    ("pythons", "hint"),
    [
        ({}, "apt install python3 python3-venv"),
        ({"python3": OLD_PYTHON}, "no Python from 3.11 to 3.14"),
        ({"python3": OLD_PYTHON, "python3.12": PYTHON_WITHOUT_VENV}, "apt install python3-venv"),
    ],
)
def test_a_missing_python_is_told_with_the_way_to_get_one(
    machine: Machine, pythons: dict[str, str], hint: str
) -> None:
    """
    No Python, too old a Python, a Debian Python without venv: each has its own advice.
    """
    for name, script in pythons.items():
        machine.put(name, script)

    code, out, err = machine.run("demo")

    assert (code, out) == (69, "")
    assert hint in err
