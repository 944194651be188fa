"""The ground every room stands on: frozen values and their words. Standard library only, no I/O, no clock."""
