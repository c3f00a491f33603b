package source

import (
	"strings"
	"testing"
)

// A rule file cannot drive the terminal through the messages about it.
func TestMessagesHoldNoControlCharacters(t *testing.T) {
	e := Text{Text: "a \x1b[31m\u202eb\x07"}.Errorf(0, "write \x1b", "no field \x1b]0;x\x07\u0085")
	if s := e.Error(); strings.ContainsAny(s, "\x1b\x07\u0085\u202e") ||
		!strings.Contains(s, `no field \u{001b}]0;x\u{0007}\u{0085}`) {
		t.Errorf("%q", s)
	}
	if got := Printable("plain\ttext\nö"); got != "plain\ttext\nö" {
		t.Errorf("%q", got)
	}
}

// TestAMessageCutsWordsThatAreTooLong: the name of a field may have as many letters as a file.
func TestAMessageCutsWordsThatAreTooLong(t *testing.T) {
	long := strings.Repeat("ä", 70_000)
	e := Text{Text: long}.Errorf(0, "write "+long, "no field %s here", long)
	if s := e.Error(); len(s) > 4*maxShownWord+2*MaxShownLine || !strings.Contains(s, "ää… here") {
		t.Errorf("%d bytes: %.300q", len(s), s)
	}
	short := "no field " + strings.Repeat("x", maxShownWord) + " here"
	if got := Printable(short); got != short {
		t.Errorf("%q", got)
	}
}
