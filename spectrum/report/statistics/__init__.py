"""Numbers: which points may be compared, their means and differences, and what these allow one to conclude."""
