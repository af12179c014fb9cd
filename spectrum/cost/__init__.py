"""What a network costs: closed-form counts, fvcore's counts, measured time, matching to a budget."""
