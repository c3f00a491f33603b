package build

import (
	"slices"
	"strings"

	"hunt/report"
	"hunt/rules/pack"
)

// runOf adds the files of the pack to what the command line says.
func runOf(run report.Run, pk *pack.Pack) *report.Run {
	run.Files = append(slices.Clone(run.Files), PackFiles(pk)...)
	slices.SortStableFunc(run.Files, report.RunFile.Compare)
	return &run
}

// PackFiles lists the files of rules and tuning from which a pack was loaded, in addition to the
// built-in ones.
func PackFiles(pk *pack.Pack) []report.RunFile {
	var out []report.RunFile
	for _, f := range pk.Files {
		option := report.OptionRules
		if f.Tuning {
			option = report.OptionTuning
		}
		out = append(out, report.RunFile{Option: option, Name: f.Name, SHA256: f.SHA256})
	}
	return out
}

// namesOf maps the paths of rule and tuning files to names that do not depend on where they are.
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
