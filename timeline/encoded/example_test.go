package encoded_test

import (
	"fmt"

	"hunt/timeline/encoded"
)

func Example() {
	runs, _ := encoded.Runs("powershell -enc ZABpAHIAIABjADoA")
	for _, run := range runs {
		p, _ := run.Decode()
		fmt.Printf("%s: %s\n", p.Kind, p.Text)
	}
	// Output:
	// base64 UTF-16LE (-EncodedCommand): dir c:
}
