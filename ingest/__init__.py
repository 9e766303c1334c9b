"""Publishers' files and interfaces into the raw tables of the warehouse."""
