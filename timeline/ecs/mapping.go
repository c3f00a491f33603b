package ecs

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/powershell"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ecs/sentence"
)

// sources are the providers that hunt knows.
var sources = []*source{
	&sysmonSource, &securitySource, &eventLogSource,
	&powerShellSource, &windowsPowerShellSource,
	&serviceControlSource, &eventLogServiceSource, &kernelGeneralSource, &userInitiatedShutdownSource,
	&defenderSource, &taskSchedulerSource, &wmiActivitySource, &bitsSource, &virtualDiskSource,
	&localSessionSource, &remoteConnectionSource, &remoteDesktopCoreSource, &remoteDesktopClientSource,
	&remoteDesktopGatewaySource, &remoteManagementSource, &sshSource,
}

// words is a list of values with | between them: "start|connection|protocol".
type words string

// mapping is what hunt knows of one event id of one provider: the values that all its events
// share, and the rules for those that depend on the event.
type mapping struct {
	id                      uint32
	role                    Role
	channel                 string // if the source has several channels, the one that it is written to
	loud                    bool   // written in large numbers, and says little of what a user did
	note                    string // what is said about many such events, in words (RoleAuditSetting)
	category, types, action words
	rules                   []rule // if several set one field, the last one counts
	title, more             string // templates of Event.Title, and of how Event.Message continues after it
}

// source is a provider with its mappings.
type source struct {
	is         Source
	provider   string
	channels   []string // those that Windows writes its events to
	userData   bool     // its events put everything in UserData: EventData in one of them does not come from it
	dataset    string   // data_stream.dataset
	module     words    // event.module: of the integration, then of winlogbeat
	taskAction bool     // the last action of each mapping is the task as Windows renders it
	rules      []rule   // for all its events, known ids or not; a mapping's own rules take precedence
	mappings   []mapping
}

// rule says how a field gets its values.
type rule struct {
	field  Field
	op     op
	data   string // names of Data, | between them: the first that has a usable value
	arg    string // what the op needs: hash algorithm, key, constant
	table  *code.Table
	layout *powershell.Layout // of the block that arg is a key of
}

// op is the way in which a rule gets its values: a closed set, so that the work per field is one
// switch.
type op uint8

const (
	// Values that do not depend on the event.
	opConst op = iota + 1 // arg: words

	// Values from Data.
	opText           // as it is
	opInt            // decimal or 0x number
	opIP             // address without the ::ffff: of an IPv4 one
	opEndpoint       // the same, with or without a port behind it
	opEndpointPort   // its port
	opSSHUser        // user of an OpenSSH message about a logon
	opSSHAddress     // address of the same
	opBool           // true, false
	opBase           // text after the last backslash, none without one
	opLast           // text after the last backslash, all without one
	opDirectory      // text before the last backslash
	opExtension      // text after the last dot of the last component
	opNameExtension  // text after the last dot of a name, which need not be a path
	opRegistryObject // first data if the second says that it is a registry key
	opJoinPath       // first and second data joined with a backslash
	opUserName       // name of DOM\name
	opUserDomain     // DOM of DOM\name
	opAccount        // name before @
	opCommonName     // CN of a distinguished name
	opHash           // arg: algorithm, of "SHA1=…,MD5=…"
	opArgs           // arguments of a command line as the C runtime splits them
	opArgsBoth       // the same and those that winlogbeat's splitter of 4688 makes, without duplicates
	opArgsCount      // number of arguments
	opArgsCountBoth  // number of arguments by both splitters
	opTable          // text for the value, none if the table lacks it
	opTableOrText    // text for the value, or the value
	opFlags          // texts for the bits of the number
	opList           // items between blanks
	opCodeList       // items between blanks, with and without %%
	opCodeText       // texts of %% codes
	opAccessMask     // texts for the bits of an access mask, given as number or %% codes
	opTime           // date and time text
	opEqual          // true if the value equals arg, ignoring case
	opBoth           // the value, and table's text for it
	opKey            // value of key arg of the block with that layout
	opKeyInt         // the same as a number
	opKeyUserName    // the same, name of DOM\name
	opKeyUserDomain  // the same, DOM of DOM\name
	opKeyArgs        // the same, arguments
	opKeyArgsCount   // the same, number of arguments
	opKeyBase        // the same, text after the last backslash
	opKeyDirectory   // the same, text before it
	opKeyExtension   // the same, text after the last dot
	opKeyAmbiguous   // names of the block's keys that another reading has elsewhere
	opInvocations    // the items of PowerShell's pipeline details
	opScriptLength   // script block: code units, without its signature
	opScriptSymbols  // the same: distinct code units
	opScriptEntropy  // the same: entropy
	opScriptNormalized
	opScriptDeviation // the same: standard deviation of the surprisal
	opEachText        // the values of all named Data, without duplicates
	opEachIP          // the same as addresses
	opEachAccount     // the same as account names
	opEachHash        // all hash values
	opHive            // registry: hive of a path
	opKeyPath         // registry: the rest of it
	opValueName       // registry: its last component
	opRegType         // registry: type of Sysmon's Details
	opRegStrings      // registry: data of Sysmon's Details, in both forms
	opDirection       // Sysmon's Initiated
	opIPVersion       // Sysmon's SourceIsIpv6
	opAnswerData      // dns: data of QueryResults
	opAnswerType      // dns: types of QueryResults
	opResolvedIP      // dns: addresses of QueryResults
	opDomain          // dns: registered domain
	opSubdomain       // what precedes it
	opTLD             // dns: public suffix
	opCommunityID     // data: protocol|source ip|source port|destination ip|destination port
	opPath            // path normalised for joins
	opLogged          // true if the record has such a Data, whatever it says
	opOwnerPath       // the same without its stream
	opDefenderPath    // file of Defender's Path list
	opDefenderName    // the same, text after the last backslash
	opDefenderNormal  // the same, normalised for joins
	opZone            // arg: key of the Zone.Identifier content
	opZoneInt         // the same as a number

	// Values from the record's System element.
	opTimestamp
	opCreated
	opRecordID
	opComputer
	opProviderGUID
	opActivityID
	opExecutionPID
	opExecutionTID
	opSystemUser
	opVersion
	opLevel
	opOpcode
	opTask
	opKeywords
	opOutcome
	opMessage
	opShifted
	opChannel  // for classes that do not know theirs; ofClass counts on the order of these four
	opProvider // the same
	opEventID  // the same
	opDataset  // the same

	// Values that the host's history decides.
	opPending     // always
	opPendingText // unless the Data is there
	opPendingLast // the same, but the text after the last backslash
	opPendingUser // the user of the process; else, and in strict mode, System's user
)

// extractor is a compiled rule: names of Data are slots of the class's table.
type extractor struct {
	op     op
	slots  []int
	arg    string
	table  *code.Table
	consts []scalar.Value
	layout *powershell.Layout
	key    int // of the layout
}

// definition is a compiled mapping, shared by all classes of that event id.
type definition struct {
	source   *source // nil: a provider that hunt does not know
	id       uint32
	meaning  Meaning
	channel  string
	byField  [numFields]uint16 // index into extract, 0: missing for all events
	extract  []extractor       // [0] is unused
	data     []string          // names of Data, by slot
	fields   []Field           // fields with an extractor, in the order of documents
	title    sentence.Sentence
	more     sentence.Sentence
	says     []Field // fields that these refer to
	known    bool    // the event id has a mapping of its own
	action   words
	overflow *Class // stands for the classes that are not counted
}

// compile makes the definition of a mapping: common rules, then the source's,
// then the mapping's own.
func compile(src *source, m *mapping) *definition {
	d := &definition{source: src, extract: make([]extractor, 1, 1+len(systemRules))}
	slots := make(map[string]int)
	use := func(rules []rule) {
		d.extract = slices.Grow(d.extract, len(rules))
		for i := range rules {
			d.add(&rules[i], slots)
		}
	}
	use(systemRules)
	if src != nil {
		d.meaning.Source = src.is
		use([]rule{
			{field: EventModule, op: opConst, arg: string(src.module)},
			{field: EventDataset, op: opConst, arg: src.dataset},
			{field: DataStreamDataset, op: opConst, arg: src.dataset},
		})
		use(src.rules)
	}
	if m != nil {
		d.id, d.known, d.action = m.id, true, m.action
		d.meaning.Role, d.meaning.Loud, d.meaning.Note, d.channel = m.role, m.loud, m.note, m.channel
		use([]rule{
			{field: EventCategory, op: opConst, arg: string(m.category)},
			{field: EventType, op: opConst, arg: string(m.types)},
			{field: EventAction, op: opConst, arg: string(m.action)},
		})
		use(m.rules)
		d.title, d.more = parseSentence(m.title), parseSentence(m.more)
		d.says = saidBy(d.title, d.more)
	}
	for _, f := range documentOrder {
		if d.byField[f] != 0 {
			d.fields = append(d.fields, f)
		}
	}
	return d
}

// add compiles one rule.
func (d *definition) add(r *rule, slots map[string]int) {
	if r.op == opConst && r.arg == "" { // for example a source's constant that a mapping leaves out
		d.byField[r.field] = 0
		return
	}
	x := extractor{op: r.op, arg: r.arg, table: r.table, layout: r.layout}
	if r.layout != nil {
		if x.key = r.layout.Index(r.arg); x.key < 0 {
			panic("ecs: the layout has no key " + r.arg)
		}
	}
	if r.op == opConst {
		for w := range strings.SplitSeq(r.arg, "|") {
			x.consts = append(x.consts, scalar.String(w))
		}
	}
	if r.data != "" {
		for name := range strings.SplitSeq(r.data, "|") {
			slot, ok := slots[name]
			if !ok {
				slot = len(d.data)
				slots[name] = slot
				d.data = append(d.data, name)
			}
			x.slots = append(x.slots, slot)
		}
	}
	if i := d.byField[r.field]; i != 0 {
		d.extract[i] = x
		return
	}
	d.byField[r.field] = uint16(len(d.extract))
	d.extract = append(d.extract, x)
}

// The compiled tables, which compileMappings fills.
var (
	definitions     map[definitionKey]*definition
	sourceDefaults  map[string]*definition // of a provider, for ids without a mapping
	generic         *definition            // of all other providers
	ownedChannels   map[string]bool        // in lower case: known to be of certain providers, or of none
	documentOrder   []Field                // static fields in the order of documents: segment by segment
	mappedSomewhere [numFields]bool
)

type definitionKey struct {
	provider string // lower case
	id       uint32
}

// compileMappings fills the tables above on first use, so that a program that maps nothing does
// not pay for them.
var compileMappings = sync.OnceFunc(func() {
	documentOrder = make([]Field, 0, numFields-1)
	for f := noField + 1; f < numFields; f++ {
		documentOrder = append(documentOrder, f)
	}
	slices.SortFunc(documentOrder, func(a, b Field) int {
		return comparePaths(fieldTable[a].name,
			fieldTable[b].name)
	})

	generic = compile(nil, nil)
	all := []*definition{generic}
	definitions = make(map[definitionKey]*definition)
	sourceDefaults = make(map[string]*definition)
	ownedChannels = make(map[string]bool)
	for _, channel := range commonChannels {
		ownedChannels[channel] = true
	}
	for i := range sources {
		src := sources[i]
		for _, channel := range src.channels {
			ownedChannels[strings.ToLower(channel)] = true
		}
		name := strings.ToLower(src.provider)
		sourceDefaults[name] = compile(src, nil)
		all = append(all, sourceDefaults[name])
		for j := range src.mappings {
			m := &src.mappings[j]
			key := definitionKey{name, m.id}
			if definitions[key] != nil {
				panic(fmt.Sprintf("ecs: two mappings of %s %d", src.provider, m.id))
			}
			definitions[key] = compile(src, m)
			all = append(all, definitions[key])
		}
	}
	shareNames()
	for _, d := range all {
		d.overflow = newClass(d, "", "", d.id)
		d.overflow.overflow = true
		for f := range d.byField {
			mappedSomewhere[f] = mappedSomewhere[f] || d.byField[f] != 0
		}
	}
})

// comparePaths orders dotted names segment by segment, so that the fields of
// one object stand together.
func comparePaths(a, b string) int {
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
		switch {
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
		a, b = restA, restB
	}
}

// shareNames lists all events of a source that has several names under each of them.
func shareNames() {
	for _, src := range sources {
		for _, other := range sources {
			if src == other || src.is == SourceOther || src.is != other.is {
				continue
			}
			for i := range other.mappings {
				id := other.mappings[i].id
				key := definitionKey{strings.ToLower(src.provider), id}
				if definitions[key] == nil {
					definitions[key] = definitions[definitionKey{strings.ToLower(other.provider), id}]
				}
			}
		}
	}
}

// definitionOf returns the definition of a provider's event id in a channel.
func definitionOf(channel, provider string, id uint32) *definition {
	provider = strings.ToLower(provider)
	if name := otherNames[provider]; name != "" {
		provider = name
	}
	d := definitions[definitionKey{provider, id}]
	if d == nil {
		d = sourceDefaults[provider]
	}
	if d == nil || !d.in(strings.ToLower(channel)) {
		return generic
	}
	return d
}

// in reports whether an event of the definition may be in a channel, given in lower case. A
// forwarded event may be in a channel of any name, and only the provider counts; in a channel
// that is known to belong to another provider, the provider's name is a false one.
func (d *definition) in(channel string) bool {
	switch {
	case !ownedChannels[channel]:
		return true
	case d.channel != "":
		return strings.EqualFold(d.channel, channel)
	}
	return slices.ContainsFunc(d.source.channels, func(own string) bool { return strings.EqualFold(own, channel) })
}

// join puts rule lists together.
func join(lists ...[]rule) []rule { return slices.Concat(lists...) }

// constant is a rule for a field that all events of a class share.
func constant(f Field, values words) rule { return rule{field: f, op: opConst, arg: string(values)} }
