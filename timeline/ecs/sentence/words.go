package sentence

import "strings"

// unknownThing is how sentences begin the words for a missing value.
const unknownThing = "an unknown "

// Words returns what a sentence says about every event, without the values of a single event: "a process
// started a program".
func (s Sentence) Words() string {
	var t Teller
	text := string(t.Append(nil, s, wordless{}))
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, unknownThing)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("a")
		if after != "" && strings.ContainsRune("aeiou", rune(after[0])) && !strings.HasPrefix(after, "user") {
			b.WriteString("n")
		}
		b.WriteString(" ")
		text = after
	}
}

// wordless is an event without values.
type wordless struct{}

func (wordless) Texts(_ *Value, dst []string) []string { return dst }
func (wordless) Derived(int32) bool                    { return false }
func (wordless) AppendText(dst []byte, _ *Value, text string) []byte {
	return append(dst, text...)
}
