"""The timeline of a job as a drawing: the same in the reports and on the live page, whose script draws it too."""
