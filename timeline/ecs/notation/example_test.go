package notation_test

import (
	"fmt"

	"hunt/timeline/ecs/notation"
)

func Example() {
	path := []byte(`\\?\C:\Users\Anna\Invoice.EXE:Zone.Identifier`)
	normal, _ := notation.NormalPath(nil, path)
	fmt.Printf("%s\n", normal)

	line := []byte(`"C:\Program Files\a.exe" -c "say ""hi"""`)
	for {
		argument, rest, ok := notation.NextArgument(nil, line)
		if !ok {
			break
		}
		fmt.Printf("%s\n", argument)
		line = rest
	}

	md5, _ := notation.Hash([]byte("SHA1=0011,MD5=8899"), "MD5")
	fmt.Printf("%s\n", md5)
	// Output:
	// c:\users\anna\invoice.exe
	// C:\Program Files\a.exe
	// -c
	// say "hi"
	// 8899
}
