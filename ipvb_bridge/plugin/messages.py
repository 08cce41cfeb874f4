"""Messages that adapters of any kind use: files, peers, credentials."""
