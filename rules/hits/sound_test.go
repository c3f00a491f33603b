package hits

import (
	"testing"
)

func TestSoundJSONIsWhatStrictReadersTake(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"plain"}`:              `{"a":"plain"}`,
		`{"a":"x\ud83dy"}`:           `{"a":"x\ufffdy"}`,
		`{"a":"\ud83d\udca9"}`:       `{"a":"\ud83d\udca9"}`,
		`{"a":"\uD83D\uDCA9\uDCA9"}`: `{"a":"\uD83D\uDCA9\ufffd"}`,
		`{"a":"\ud83d\ud83d\udca9"}`: `{"a":"\ufffd\ud83d\udca9"}`,
		`{"a":"\\ud83d"}`:            `{"a":"\\ud83d"}`,
		`{"a":"\\\ud83d"}`:           `{"a":"\\\ufffd"}`,
		`{"a":"\ud83d"}`:             `{"a":"\ufffd"}`,
		"{\"a\":\"\xff\u00e9\"}":     "{\"a\":\"\ufffd\u00e9\"}",
		`{"a":"\u0041"}`:             `{"a":"\u0041"}`,
	} {
		got, altered := soundJSON([]byte(in))
		if string(got) != want || altered != (in != want) {
			t.Errorf("%s: %s, altered %t; want %s", in, got, altered, want)
		}
	}
}
