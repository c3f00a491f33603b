package report

// Printable returns s with everything that a terminal would act on, and everything that changes how
// text is read, as visible marks; line ends and tabs too.
func Printable(s string) string { return visible(s) }

// Visible reports whether a character has a shape of its own and changes nothing of how others are shown: Printable leaves it as it is.
func Visible(r rune) bool { return !invisible(r) }
