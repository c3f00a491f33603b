package pack_test

import (
	"fmt"
	"os"
	"path/filepath"

	"hunt/rules/pack"
	"hunt/timeline/ecs"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "word-starts-shell.eql")
	query := `process where process.parent.name : "winword.exe" and process.name in~ ("cmd.exe", "powershell.exe")`
	if err := os.WriteFile(name, []byte(query), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	p, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range p.Rules {
		compiled, err := r.Compile(pack.SchemaOf(ecs.NewSchema()))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.ID, r.Language, r.Severity, compiled.Program().Form(), len(compiled.Program().Stages()))
	}
	// Output:
	// word-starts-shell EQL medium event query 1
}
