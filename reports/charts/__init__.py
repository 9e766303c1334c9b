"""Charts: from a plot in figures to Vega-Lite, to SVG, to words."""
