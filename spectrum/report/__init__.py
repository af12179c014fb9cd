"""What a study says: the tidy table of runs, statistics, plots, the HTML report."""
