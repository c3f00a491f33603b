package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Cut returns at most n runes of s, with a notice of how many were left out.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	total := utf8.RuneCountInString(s)
	if total <= n {
		return s
	}
	end, count := 0, 0
	for end = range s {
		if count == n {
			break
		}
		count++
	}
	return s[:end] + "...[cut, " + Thousands(total-n) + " chars, see ref]"
}

// Thousands formats n with commas.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		return "-" + s
	}
	return s
}

// Count returns "1 host", "2 hosts".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// OneOrMany returns the word for one or that for many, without the number.
func OneOrMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Ellipsis cuts s to n characters, the last of which then is an ellipsis.
func Ellipsis(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// Few joins the first n items and counts the rest.
func Few(items []string, n int) string {
	if len(items) <= n {
		return strings.Join(items, ", ")
	}
	return strings.Join(items[:n], ", ") + fmt.Sprintf(" and %d more", len(items)-n)
}

// CommonDomain returns the domain that all of several hosts are in, with its leading dot: where there is little room,
// their names are shown without it. It is "" if one has another domain or none.
func CommonDomain(hosts []string) string {
	if len(hosts) < 2 {
		return ""
	}
	_, domain, _ := strings.Cut(hosts[0], ".")
	for _, h := range hosts {
		if _, d, _ := strings.Cut(h, "."); d == "" || d != domain {
			return ""
		}
	}
	return "." + domain
}
