"""Bytes come in: the mailbox over IMAP, and a letter's bytes as a `Letter`. Decides nothing."""
