"""The ledger of a study: its finished runs in an Optuna store, and who may write to it."""
