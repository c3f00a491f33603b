package evidence

// openNow is for pipes with names in a directory, which Windows does not have.
const openNow = 0
