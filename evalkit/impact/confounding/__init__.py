"""How strong a confounder nobody measured would have to be to change a conclusion."""
