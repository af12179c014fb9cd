"""How points compare over seeds: one family of simultaneous intervals, and the race that spends seeds by it."""
