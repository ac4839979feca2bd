/* Runs in the host page. */
document.title;
