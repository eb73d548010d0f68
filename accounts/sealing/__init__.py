"""Evidence: the rows of the logs are chained under a key, so that whoever changes the past is found out.

Once a second the sealer takes the rows whose transactions have ended, in the order (xid, id), and writes one seal for
each run of them: a digest of the rows, the seal before, and an HMAC over both under a key of the keyring. Writers do
not know of it and never wait for it. docs/adr/0007-sealing.md says what this proves and what it does not.
"""
