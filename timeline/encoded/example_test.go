package encoded_test

import (
	"fmt"

	"hunt/timeline/encoded"
)

func Example() {
	runs, _ := encoded.Runs("powershell -enc ZABpAHIAIABjADoA")
	for _, run := range runs {
		kind, text, _ := run.Decode()
		fmt.Printf("%s: %s\n", kind, text)
	}
	// Output:
	// base64 UTF-16LE (-EncodedCommand): dir c:
}
