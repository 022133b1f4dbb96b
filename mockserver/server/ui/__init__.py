"""What the live page needs: its files, the rows that it draws, and the feed of what happens in a session."""
