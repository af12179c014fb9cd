"""The entry of the command line: Ctrl-C ends it quietly, even while it is still being loaded."""

import sys


def main() -> None:
    """Load and run the command line."""
    try:
        from spectrum.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
