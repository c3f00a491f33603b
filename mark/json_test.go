package mark

import "testing"

func TestDocumentsEscapeHostileText(t *testing.T) {
	got := string(AppendJSON(nil, "a\"b\\c\n\x00\x1b\x7f\xff\u2028\u202e<script>"))
	want := `"a\"b\\c\n\u0000\u001b\u007f\ufffd\u2028` + "\u202e" + `<script>"`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
