package logsource

import "strings"

// ViewKind says as what kind of event a rule about a category sees an event.
type ViewKind uint8

// The views. NoView means as logged.
const (
	NoView ViewKind = iota
	View4688
	View4689
	View4657
	View5156
	View5861
	ViewDefender
	numViews
)

// ViewOf returns the view through which events of a channel and id are seen.
func ViewOf(channel string, id uint32) ViewKind {
	switch {
	case strings.EqualFold(channel, securityLog):
		switch id {
		case 4688:
			return View4688
		case 4689:
			return View4689
		case 4657:
			return View4657
		case 5156:
			return View5156
		}
	case id == 5861 && strings.EqualFold(channel, wmiLog):
		return View5861
	case strings.EqualFold(channel, defenderLog):
		return ViewDefender
	}
	return NoView
}

// view describes a kind of events in the words of another.
type view struct {
	fields map[string]viewField // by folded name
	absent []string             // folded names that such events never have
}

func (v *view) lacks(folded string) bool {
	for _, name := range v.absent {
		if name == folded {
			return true
		}
	}
	return false
}

// viewField computes a value from the payload's values with the given names, in order, "" for
// missing ones. ok is false if there is none.
type viewField struct {
	from []string
	make func(v *View, values []string) (text string, ok bool)
}

// renamed is a value that only has another name.
func renamed(from string) viewField { return viewField{from: []string{from}} }

// views are the views, by their kind.
var views = [numViews]view{
	View4688: {
		fields: map[string]viewField{
			"image":           renamed("NewProcessName"),
			"parentimage":     renamed("ParentProcessName"),
			"commandline":     {from: []string{"CommandLine", "ProcessCommandLine"}, make: firstThere},
			"processid":       renamed("NewProcessId"),
			"parentprocessid": renamed("ProcessId"),
			"logonid": {from: []string{"TargetUserName", "TargetLogonId", "SubjectLogonId"},
				make: logonOfStart},
			"integritylevel": {from: []string{"MandatoryLabel"}, make: integrityLevel},
			"user": {from: []string{"TargetUserSid", "TargetUserName", "TargetDomainName", "SubjectUserSid",
				"SubjectUserName", "SubjectDomainName"}, make: userOfStart},
		},
		absent: []string{"originalfilename", "hashes", "company", "product", "description", "fileversion",
			"currentdirectory", "parentcommandline", "parentuser", "logonguid", "processguid"},
	},
	View4689: {fields: map[string]viewField{
		"image": renamed("ProcessName"),
		"user":  {from: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName"}, make: subject},
	}},
	View4657: {
		fields: map[string]viewField{
			"image":        renamed("ProcessName"),
			"targetobject": {from: []string{"ObjectName", "ObjectValueName"}, make: registryObject},
			"details":      {from: []string{"NewValue", "NewValueType"}, make: registryDetails},
			"eventtype":    {from: []string{"OperationType"}, make: registryEvent},
			"user":         {from: []string{"SubjectUserSid", "SubjectUserName", "SubjectDomainName"}, make: subject},
		},
		absent: []string{"newname"},
	},
	View5156: {
		fields: map[string]viewField{
			"image":           {from: []string{"Application"}, make: driveOfVolume},
			"initiated":       {from: []string{"Direction"}, make: initiated},
			"sourceip":        renamed("SourceAddress"),
			"destinationip":   renamed("DestAddress"),
			"destinationport": renamed("DestPort"),
			"protocol":        {from: []string{"Protocol"}, make: protocol},
			"processid":       renamed("ProcessID"),
		},
		absent: []string{"destinationhostname", "sourcehostname", "commandline", "parentimage", "user"},
	},
	View5861:     {fields: map[string]viewField{"destination": renamed("PossibleCause")}},
	ViewDefender: {fields: map[string]viewField{"signature": renamed("Threat Name"), "filename": renamed("Path")}},
}
