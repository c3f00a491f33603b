package logsource

import "testing"

func TestNamesThatNoEventHasAreOdd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		category, service, field string
		odd                      bool
		meant                    string
	}{
		{"process_creation", "", "Imgae", true, "Image"},
		{"process_creation", "", "image", false, ""},
		{"process_creation", "", "Parent_Image", false, ""},
		{"process_creation", "", "SubjectUserName", false, ""},
		{"process_creation", "", "EventID", false, ""},
		{"process_creation", "", "sha256", false, ""},
		{"process_creation", "", "DestinationIp", true, ""},
		{"file_event", "", "CommandLine", true, ""},
		{"file_delete", "", "IsExecutable", false, ""},
		{"registry_set", "", "TargetObjct", true, "TargetObject"},
		{"network_connection", "", "DestinationPrt", true, "DestinationPort"},
		{"antivirus", "", "Threat Name", false, ""},
		{"ps_script", "", "ScriptblockTxt", true, "ScriptBlockText"},
		{"", "security", "TargetUserNmae", true, "TargetUserName"},
		{"", "security", "EvnetID", true, "EventID"},
		{"", "security", "TargetUserName2", false, ""},
		{"", "security", "SomethingElse", false, ""},
		{"", "security", "", false, ""},
	} {
		sources, _ := Find("windows", c.category, c.service)
		odd, meant := Doubt(c.category, sources, c.field)
		if (odd != "") != c.odd || meant != c.meant {
			t.Errorf("%s%s %s: %q, meant %q, want %v, %q", c.category, c.service, c.field, odd, meant, c.odd, c.meant)
		}
	}
}

// Every category whose events are known must know the fields through which its views show them.
func TestEveryEventOfACategoryHasItsFields(t *testing.T) {
	t.Parallel()
	for category, sources := range categories {
		var own tables
		for i := range sources {
			if !own.of(&sources[i]) {
				t.Errorf("%s: the fields of %v are not known", category, &sources[i])
			}
			if w := sources[i].Where; w != nil && !own.has(foldName(w.Field)) {
				t.Errorf("%s: %s is not a field", category, w.Field)
			}
		}
	}
}
