"""Files as users write them: YAML with line numbers, records checked at the edge, safe writing."""
