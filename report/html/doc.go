// Package html writes a report as one page that holds all it needs: text, style, scripts and drawings. The
// Go code decides what the page shows and how much of it; the templates beside it lay that out.
package html
