"""What to try: the Study declaration, its plan, the Optuna runs, workers."""
