"""Keys, sealed fields and blind tokens. Imports nothing of ours; docs/encryption.md tells the whole story."""
