package document

import (
	"strings"
	"testing"
)

func TestAMappingSaysWhatIsNotFollowed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"properties":{"a":{"type":"keyword"}}}`: "",
		`{"properties":{"b":{"type":"keyword","normalizer":"lowercase"},"a":{"type":"text","fields":{"raw":{"type":"keyword","normalizer":"n"}}}}}`: "normalizer of a.raw, b is not applied",
	} {
		m, err := ReadMapping(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(m.Warnings(), "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
