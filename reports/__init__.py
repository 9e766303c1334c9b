"""Reports: an Evidence project (pages, partials, sources) and the Python builder of its static site."""
