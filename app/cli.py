"""The commands behind ./zhangyin. Each is loaded from app/commands when it is called."""

from __future__ import annotations

import ast
import difflib
import importlib
import sys
from pathlib import Path
from typing import NoReturn

import click

from app.errors import ConfigurationError, ProcessFault

# sysexits.h: wrong use, wrong settings, own failure; and what shells report for Ctrl-C
EXIT_USAGE = 64
EXIT_CONFIG = 78
EXIT_PROCESS = 70
EXIT_INTERRUPTED = 130

_FOLDER = Path(__file__).parent / "commands"
_ORDER = ("demo", "dev", "verify", "seal", "esl", "doctor", "test", "serve", "worker", "migrate")


class CommandFolder(click.Group):
    """The modules of a folder as commands, imported only when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """What newcomers need first, the rest by name."""
        names = [path.stem for path in _FOLDER.glob("[!_]*.py")]
        return sorted(names, key=lambda name: (*(each != name for each in _ORDER), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None if there is no such module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"app.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse an unknown command with the nearest known one."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], known, n=1)
            hint = f" Did you mean “{close[0]}”?" if close else ""
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        rows = [(name, _first_line(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_line(name: str) -> str:
    tree = ast.parse((_FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


@click.group(
    cls=CommandFolder,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="“./zhangyin COMMAND --help” tells more about one of them. "
    "Settings: docs/reference/settings.md.",
)
def cli() -> None:
    """掌印, the electronic-seal service of a province.

    “demo” plays the whole story on this machine; “dev” lets you play it yourself.
    """


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        result = cli.main(arguments, prog_name="./zhangyin", standalone_mode=False)
    except click.UsageError as exc:
        exc.show()
        return EXIT_USAGE
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return EXIT_INTERRUPTED
    except ConfigurationError as exc:
        click.echo("The settings cannot be used:", err=True)
        for problem in exc.problems:
            click.echo(f"  {problem}", err=True)
        click.echo("docs/reference/settings.md lists them all.", err=True)
        return EXIT_CONFIG
    except ProcessFault as exc:
        click.echo(str(exc), err=True)
        return EXIT_PROCESS
    return result if isinstance(result, int) else 0


def main() -> NoReturn:
    """Entry point of the launcher."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
