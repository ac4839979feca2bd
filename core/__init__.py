"""The ground everything stands on: time, ids, errors, events, jobs, the commit, message parts, files, settings, text."""
