"""The adapter `tables`: canonical CSV files in a folder or on SFTP."""
