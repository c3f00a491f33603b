package powershell_test

import (
	"fmt"

	"hunt/timeline/ecs/powershell"
)

func Example() {
	// The command line of the host is chosen by whoever runs it: here it holds a line that looks like a key.
	text := "NewEngineState=Available\nPreviousEngineState=None\nSequenceNumber=13\nHostName=ConsoleHost\n" +
		"HostVersion=5.1\nHostId=d94c9947-fce3-4f7e-9a49-18ff6724f22b\nHostApplication=powershell -c {\n" +
		"EngineVersion=forged\n}\n" +
		"EngineVersion=5.1\nRunspaceId=\nPipelineId=\nCommandName=\nCommandType=\nScriptName=\nCommandPath=\n" +
		"CommandLine="
	var block powershell.Block
	block.Read(powershell.Engine, []byte(text), nil)
	version, _ := block.Value(powershell.Engine.Index("EngineVersion"))
	fmt.Printf("%s\n", version)

	fmt.Println(powershell.Measure([]byte("aabc")).Entropy, "bits")
	// Output:
	// 5.1
	// 1.5 bits
}
