"""Words of sources and passages: in context, side by side, and more often here than there."""
