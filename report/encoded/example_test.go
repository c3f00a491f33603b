package encoded_test

import (
	"fmt"

	"hunt/report/encoded"
)

func Example() {
	for _, run := range encoded.Runs("powershell -enc ZABpAHIAIABjADoA") {
		kind, text, _ := run.Decode()
		fmt.Printf("%s: %s\n", kind, text)
	}
	// Output:
	// base64 UTF-16LE (-EncodedCommand): dir c:
}
