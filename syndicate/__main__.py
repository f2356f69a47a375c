"""`python -m syndicate`: what the children of `syndicate up` are started by."""

from syndicate.cli.main import main

if __name__ == "__main__":
    main()
