"""What happens later: due entries of the schedules, waiting requests, holds."""
