"""mailbot: booking notices become door codes and bills, from the office's own mailbox.

    receive       understand        decide            record             send
    bytes    →    Letter → Event →  Decision     →    one commit    →    outbox → SMTP
    (IMAP)        (pure)            (pure)            (data/)            (retried)

Everything that enters is an Arrival with a key; every Arrival becomes one Decision; every Decision is part of one
commit. The first file to read is flow.py; cli → daemon → flow is the only staircase, and model/ is the ground.
"""
