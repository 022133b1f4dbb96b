"""What `mockserver serve` needs besides the server: its options, its greeting, its log."""
