package powershell

import (
	"strings"

	"hunt/timeline/ecs/notation"
)

// Layout holds the keys of a block in order. Immutable.
type Layout struct {
	keys  []blockKey
	pivot int // index of the key whose value is taken as long as possible
	// localized says that the names of the keys are in the language of Windows; their order is the same in all.
	localized bool
}

// blockKey is one key of a layout.
type blockKey struct {
	name     string // as it is shown
	free     bool   // the value can hold line breaks
	optional bool   // some versions do not write it
}

// maxBlockKeys is the most keys that a layout has.
const maxBlockKeys = 16

// Index returns the place of a key, -1 if the layout lacks it.
func (l *Layout) Index(name string) int {
	for i := range l.keys {
		if notation.SameName([]byte(l.keys[i].name), name) {
			return i
		}
	}
	return -1
}

// First returns the name of the first key.
func (l *Layout) First() string { return l.keys[0].name }

// The layouts of the blocks: of 400 and 403, of 600, of 800, and of 4103. Source: PowerShell, resources/Logging.resx
// (Engine-, ProviderLifecycleContext, PipelineExecutionDetailContext) and LogContextToString with
// EtwLoggingStrings.resx. PowerShell 2 has no HostApplication; before 5 there is no ConnectedUser.
var (
	Engine = layoutOf("NewEngineState PreviousEngineState SequenceNumber HostName* HostVersion HostId " +
		"HostApplication*? EngineVersion " +
		"RunspaceId PipelineId CommandName* CommandType ScriptName* CommandPath* CommandLine*")
	Provider = layoutOf("ProviderName NewProviderState SequenceNumber HostName* HostVersion HostId " +
		"HostApplication*? EngineVersion " +
		"RunspaceId PipelineId CommandName* CommandType ScriptName* CommandPath* CommandLine*")
	Pipeline = layoutOf("DetailSequence DetailTotal SequenceNumber UserId HostName* HostVersion HostId " +
		"HostApplication*? EngineVersion " +
		"RunspaceId PipelineId ScriptName* CommandLine*")
	Module = layoutOf("Severity HostName* HostVersion HostId HostApplication* EngineVersion RunspaceId PipelineId " +
		"CommandName* CommandType " +
		"ScriptName* CommandPath* SequenceNumber User ConnectedUser? ShellId")
)

// layoutOf makes a layout from the names of its keys: * marks a value that may contain line breaks, ? a key that
// some versions lack.
func layoutOf(keys string) *Layout {
	l := &Layout{}
	for _, name := range strings.Fields(keys) {
		k := blockKey{optional: strings.HasSuffix(name, "?")}
		name = strings.TrimSuffix(name, "?")
		k.name, k.free = strings.CutSuffix(name, "*")
		if k.name == "HostApplication" {
			l.pivot = len(l.keys)
		}
		l.keys = append(l.keys, k)
	}
	if len(l.keys) > maxBlockKeys {
		panic("powershell: a layout has more than maxBlockKeys keys")
	}
	l.localized = l.keys[0].name == "Severity"
	return l
}
