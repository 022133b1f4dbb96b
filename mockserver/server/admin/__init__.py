"""The admin API below `/__mock/`: `routes` has the table of calls; each other module answers those of one resource."""
