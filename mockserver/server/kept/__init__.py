"""Sessions that outlive their server: what is written of each to a log, and how it is read again."""
