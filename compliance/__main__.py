"""``python -m compliance``: the command line without an installed script."""

from compliance.cli.main import main

if __name__ == "__main__":
    main()
