"""The vendors' own clients on trial: `make sdk-trial` writes docs/sdk-trial.md."""
