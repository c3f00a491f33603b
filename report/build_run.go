package report

import (
	"slices"
	"strings"

	"hunt/rules/pack"
)

// runOf completes what the command line says with the files of the pack.
func runOf(run Run, pk *pack.Pack) *Run {
	run.Files = append(slices.Clone(run.Files), PackFiles(pk)...)
	slices.SortStableFunc(run.Files, RunFile.Compare)
	return &run
}

// PackFiles lists the files of rules and tuning that a pack was loaded from, beside the built-in ones.
func PackFiles(pk *pack.Pack) []RunFile {
	var out []RunFile
	for _, f := range pk.Files {
		option := OptionRules
		if f.Tuning {
			option = OptionTuning
		}
		out = append(out, RunFile{option, f.Name, f.SHA256})
	}
	return out
}

// namesOf maps the paths of rule and tuning files to names that do not depend on where they lie.
func namesOf(pk *pack.Pack) map[string]string {
	out := map[string]string{}
	for _, f := range pk.Files {
		out[f.Path] = f.Name
	}
	return out
}

// nameFiles puts a file's name for its path in a text about it.
func (b *builder) nameFiles(path, text string) string {
	if name := b.names[path]; name != "" && name != path {
		return strings.ReplaceAll(text, path, name)
	}
	return text
}
