package pack

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// elasticKeys are the keys of the table `rule` in Elastic's format. No key in a file is ignored silently: its
// text says what hunt does not do about it, and keys that are not here are reported as well.
var elasticKeys = map[string]string{
	// what hunt reads
	"alert_suppression": "", "author": "", "building_block_type": "", "description": "", "event_category_override": "",
	"exceptions_list": "", "false_positives": "", "filters": "", "from": "", "index": "", "investigation_fields": "",
	"language": "", "license": "", "max_signals": "", "name": "", "new_terms": "", "new_terms_fields": "",
	"history_window_start": "", "note": "", "query": "", "references": "", "rule_id": "", "setup": "", "severity": "",
	"tags": "", "threat": "", "threshold": "", "type": "", "version": "",
	// what has a meaning in a running Kibana only
	"actions": "", "bypass_bbr_timing": "", "enabled": "", "id": "", "immutable": "", "interval": "", "meta": "",
	"min_stack_version": "", "min_stack_comments": "", "output_index": "", "outcome": "", "namespace": "",
	"related_integrations": "", "required_fields": "", "response_actions": "", "revision": "", "risk_score": "",
	"rule_source": "", "saved_id": "", "throttle": "", "tiebreaker_field": "", "timeline_id": "", "timeline_title": "",
	"timestamp_override": "", "timestamp_override_fallback_disabled": "", "to": "", "data_view_id": "",
	"alert_suppression_duration": "",
	// what would change a match
	"risk_score_mapping": "hunt shows no risk score",
	"rule_name_override": "hunt calls the rule by its name",
	"severity_mapping":   "hunt gives each match the rule's own severity",
	"timestamp_field":    "hunt orders events by the time at which they were recorded",
}

// notices returns what the file asks for and hunt does not do.
func (f *elasticFile) notices(d *document) []string {
	var out []string
	e := &f.Rule
	if e.MaxSignals > 0 {
		out = append(out, fmt.Sprintf("max_signals = %d bounds the alerts of one run of Elastic's: hunt lists "+
			"every match", e.MaxSignals))
	}
	if s := e.Suppression; s != nil {
		text := "alert_suppression folds alerts"
		if len(s.GroupBy) > 0 {
			text += " with the same " + strings.Join(s.GroupBy, ", ")
		}
		if s.Duration.Value > 0 {
			text += fmt.Sprintf(" within %d%s", s.Duration.Value, s.Duration.Unit)
		}
		out = append(out, text+" into one: hunt lists every match")
	}
	for _, x := range e.Exceptions {
		out = append(out, fmt.Sprintf("the items of the exception list %q are not part of the file: hunt applies "+
			"none of them; write tuning for what they exclude", x.ListID))
	}
	for i, key := range []string{"creation_date", "updated_date"} {
		text, ok := []any{f.Metadata.Created, f.Metadata.Updated}[i].(string)
		if _, err := time.Parse(time.DateOnly, strings.ReplaceAll(text, "/", "-")); ok && err != nil {
			out = append(out, fmt.Sprintf("%s: %q is not a date: write %s = \"2026/05/31\"",
				d.keyPlace("metadata."+key), text, key))
		}
	}
	for _, key := range d.ruleKeys() {
		switch text, known := elasticKeys[key]; {
		case !known:
			out = append(out, fmt.Sprintf("%s: hunt does not know the key rule.%s", d.keyPlace("rule."+key), key))
		case text != "":
			out = append(out, key+": "+text)
		}
	}
	return out
}

// ruleKeys are the keys of the table rule, sorted.
func (d *document) ruleKeys() []string {
	var keys []string
	for path := range d.at {
		key, ok := strings.CutPrefix(path, "rule.")
		if !ok {
			continue
		}
		if i := strings.IndexAny(key, ".["); i >= 0 {
			key = key[:i]
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// keyPlace returns where a key is, as file:line:col.
func (d *document) keyPlace(path string) string {
	for _, p := range []string{path, indexed(path, 0)} {
		if at, ok := d.at[p]; ok {
			line, col, _ := d.position(at.key)
			return fmt.Sprintf("%s:%d:%d", d.file, line, col)
		}
	}
	return d.file
}
