"""The ground: time, ids, errors, events, jobs, the commit, message parts, files, settings, text."""
