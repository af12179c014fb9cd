"""What a trained network is used for: finding it in a study's folder, labelling images, taking it elsewhere."""
