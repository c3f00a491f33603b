package evidence

// openNow has no effect: directories on Windows contain no named pipes.
const openNow = 0
