"""Where things live, files that are whole or not there, versions, random numbers."""
