package report

import (
	"cmp"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
)

// The options that name files in RunFile.Option.
const (
	OptionRules      = "rules"
	OptionTuning     = "tuning"
	OptionCase       = "case"
	OptionMergeHosts = "merge-hosts"
)

// runOf completes what the command line says with the files of the pack.
func runOf(run Run, pack *rules.Pack) *Run {
	run.Files = append(slices.Clone(run.Files), PackFiles(pack)...)
	slices.SortStableFunc(run.Files, RunFile.compare)
	return &run
}

// PackFiles lists the files of rules and tuning that a pack was loaded from, beside the built-in ones.
func PackFiles(pack *rules.Pack) []RunFile {
	var out []RunFile
	for _, f := range pack.Files {
		option := OptionRules
		if f.Tuning {
			option = OptionTuning
		}
		out = append(out, RunFile{option, f.Name, f.SHA256})
	}
	return out
}

func (f RunFile) compare(o RunFile) int {
	return cmp.Or(strings.Compare(f.Option, o.Option), strings.Compare(f.Name, o.Name), strings.Compare(f.SHA256, o.SHA256))
}

// Options gives the options as one would type them. Where the evidence lies, how many workers read it and where the report goes do
// not shape the result.
func (r *Run) Options(clock timeline.Clock) string {
	var parts []string
	add := func(option string, values ...string) {
		for _, v := range values {
			parts = append(parts, "--"+option+" "+v)
		}
	}
	add("host", r.Hosts...)
	add(OptionRules, r.Rules...)
	add(OptionTuning, r.Tuning...)
	if r.From != nil {
		add("from", r.From.String())
	}
	if r.To != nil {
		add("to", r.To.String())
	}
	add(OptionMergeHosts, r.named(OptionMergeHosts)...)
	if r.Strict {
		add("ecs", "strict")
	}
	if clock != timeline.ClockCreated && clock != "" {
		add("clock", string(clock))
	}
	for _, o := range []struct {
		set  bool
		name string
	}{{r.Carved, "--carved"}, {r.NoDefaultRules, "--no-default-rules"}, {r.NoDefaultTuning, "--no-default-tuning"}} {
		if o.set {
			parts = append(parts, o.name)
		}
	}
	add(OptionCase, r.named(OptionCase)...)
	return strings.Join(parts, " ")
}

// named are the names of the files of an option.
func (r *Run) named(option string) []string {
	var out []string
	for _, f := range r.Files {
		if f.Option == option {
			out = append(out, f.Name)
		}
	}
	return out
}

// namesOf maps the paths of rule and tuning files to names that do not depend on where they lie.
func namesOf(pack *rules.Pack) map[string]string {
	out := map[string]string{}
	for _, f := range pack.Files {
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
