"""Plays scenarios against whoever answers, and judges what comes back."""
