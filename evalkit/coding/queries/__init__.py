"""Questions to coded material: who said what, about which link, together with what, and who did not."""
