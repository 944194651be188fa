"""The books on disk: the ledger, the files kept beside it, the lock. What the ledger does not say did not happen."""
