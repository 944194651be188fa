"""Mails go out: composed once, kept as bytes, handed to the SMTP server until it answers. Decides nothing."""
