"""What a study says: statistics, then figures and a verdict made from them, then a page that shows them all."""
