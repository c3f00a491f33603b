package report

// Printable returns s with everything that a terminal would act on, and everything that changes how
// text is read, as visible marks; line ends and tabs too.
func Printable(s string) string { return visible(s) }
