package report

import (
	"cmp"
	"strconv"
	"strings"
)

// The options that name files in RunFile.Option.
const (
	OptionRules      = "rules"
	OptionTuning     = "tuning"
	OptionCase       = "case"
	OptionPrevious   = "previous"
	OptionMergeHosts = "merge-hosts"

	OptionPlaceholders = "placeholders"
)

// Compare orders files by option, name and hash.
func (f RunFile) Compare(o RunFile) int {
	return cmp.Or(strings.Compare(f.Option, o.Option), strings.Compare(f.Name, o.Name),
		strings.Compare(f.SHA256, o.SHA256))
}

// ClockCreated is the default of Scope.Clock, and of --clock, which Options omits: TimeCreated orders the events.
const ClockCreated = "created"

// Options returns the options as one would type them. It omits where the evidence is, how many workers read it
// and where the report goes, because they do not affect the result.
func (r *Run) Options(clock string) string {
	var parts []string
	add := func(option string, values ...string) {
		for _, v := range values {
			parts = append(parts, "--"+option+" "+v)
		}
	}
	add("host", r.Hosts...)
	add(OptionRules, r.Rules...)
	add("rules-status", r.RulesStatus...)
	if r.RulesLevel != "" {
		add("rules-level", r.RulesLevel)
	}
	add("rules-tag", r.RulesTag...)
	add(OptionPlaceholders, r.named(OptionPlaceholders)...)
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
	if clock != ClockCreated && clock != "" {
		add("clock", clock)
	}
	for _, o := range []struct {
		set  bool
		name string
	}{{r.Carved, "--carved"}, {r.NoDefaultRules, "--no-default-rules"}, {r.NoDefaultTuning, "--no-default-tuning"}} {
		if o.set {
			parts = append(parts, o.name)
		}
	}
	if r.ReportLimit != 0 {
		add("report-limit", strconv.FormatInt(r.ReportLimit, 10))
	}
	if r.TimeZone != "" {
		add("tz", r.TimeZone)
	}
	add(OptionCase, r.named(OptionCase)...)
	add(OptionPrevious, r.named(OptionPrevious)...)
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
