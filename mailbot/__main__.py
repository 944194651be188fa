"""`python -m mailbot` is `mailbot`. Nothing else belongs here."""

from mailbot.cli import main

if __name__ == "__main__":
    main()
