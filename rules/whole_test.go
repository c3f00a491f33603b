package rules

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/timeline/spill"
)

const powershellLog = "Microsoft-Windows-PowerShell/Operational"

// scriptPart is an event 4104 of a block.
func scriptPart(computer string, block, number, total int, text string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-PowerShell", Channel: powershellLog, Computer: computer,
		EventID: 4104, Version: 1, Time: noon.Add(time.Duration(10*block+number) * time.Second),
		Data: []evtxtest.Pair{{Name: "MessageNumber", Value: evtxtest.Int32(int32(number))},
			{Name: "MessageTotal", Value: evtxtest.Int32(int32(total))}, evtxtest.Str("ScriptBlockText", text),
			evtxtest.Str("ScriptBlockId", fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", block)),
			evtxtest.Str("Path", "")}}
}

// wholePack has rules of each language and shape about the text of scripts and command lines.
func wholePack(t *testing.T) *pack.Pack {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"word.eql": `any where powershell.file.script_block_text : "*Invoke-Evil*"`,
		"not.eql": `any where powershell.file.script_block_text : "*Invoke-Evil*" and
			not powershell.file.script_block_text : "*harmless*"`,
		"first.eql":  `any where event.code == "4104" and not powershell.file.script_block_text : "*Invoke-Evil*"`,
		"length.eql": `any where powershell.file.script_block_length == 30`,
		"sequence.eql": `sequence by host.id with maxspan=1h [process where process.command_line : "*Invoke-Evil*"]
			[any where powershell.file.script_block_text : "*Invoke-Evil*"]`,
		"hosts.eql": `sequence with maxspan=1h [any where powershell.file.script_block_text : "*Invoke-Evil*"]
			[any where powershell.file.script_block_text : "*-Later*"]`,
		"sigma.yml": `title: evil
id: sigma-evil
logsource: {product: windows, category: ps_script}
detection:
  selection: {ScriptBlockText|contains: Invoke-Evil}
  condition: selection
`,
		"keywords.yml": `title: evil anywhere
id: sigma-keywords
logsource: {product: windows}
detection:
  keywords: [invoke-evil]
  condition: keywords
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{dir}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	return pk
}

func wide64(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// spelled names the labels that findings of these tests have.
var spelled = strings.NewReplacer(
	"PowerShell logged this script in 3 parts, which were matched as one text", "THREE",
	"PowerShell logged this script in 2 parts, which were matched as one text", "TWO",
	"PowerShell logged this script in 4 parts, of which 2 are in the logs: not part 2, 4", "GAPS",
	"PowerShell logged this script in 2 parts, of which 1 is in the logs: not part 2", "FIRST",
	"PowerShell logged this script in 2 parts, of which 1 is in the logs: not part 1", "SECOND",
	"matches what the script holds in encoded form, not the text as it was logged", "DECODED",
	"matches what the command line holds in encoded form, not the text as it was logged", "COMMAND")

// wholeFindings runs the rules over a directory and tells each finding in a line.
func wholeFindings(t *testing.T, pk *pack.Pack, o Options, dir string) []string {
	t.Helper()
	res := runOn(t, pk, o, dir)
	defer res.Close()
	hits := map[*Finding][]string{}
	for h, err := range res.Hits() {
		if err != nil {
			t.Fatal(err)
		}
		mark := ""
		if h.Also {
			mark = "+"
		}
		hits[h.Finding] = append(hits[h.Finding], fmt.Sprintf("%s%d/%d", mark, h.File, h.Record))
	}
	var out []string
	for _, f := range res.Findings {
		var records []string
		for _, e := range f.Evidence {
			records = append(records, fmt.Sprint(e.Event.Ref.EventRecordID))
		}
		out = append(out, fmt.Sprintf("%s on %s: records %s, hits %s; %s", f.Rule.ID, f.Host.ID,
			strings.Join(records, " "), strings.Join(hits[f], " "), spelled.Replace(strings.Join(f.Labels, "; "))))
	}
	slices.Sort(out)
	return out
}

func TestScriptBlocksAreMatchedWhole(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []evtxtest.Event // one after the other, with record ids from 1 on
		want   []string
	}{
		{"a word across the cut of three parts, in any order of the log", []evtxtest.Event{
			scriptPart("a", 1, 2, 3, "oke-Ev"), scriptPart("a", 1, 1, 3, "# a script: Inv"),
			scriptPart("a", 1, 3, 3, "il -Force"),
		}, []string{
			"length on a: records 2, hits 0/2 +0/1 +0/3; THREE",
			"not on a: records 2, hits 0/2 +0/1 +0/3; THREE",
			"sigma-evil on a: records 2, hits 0/2 +0/1 +0/3; THREE",
			"sigma-keywords on a: records 2, hits 0/2 +0/1 +0/3; THREE",
			"word on a: records 2, hits 0/2 +0/1 +0/3; THREE",
		}},
		{"a part that excludes, excludes the block", []evtxtest.Event{
			scriptPart("a", 1, 1, 2, "Invoke-Evil"), scriptPart("a", 1, 2, 2, " # harmless"),
		}, []string{
			"sigma-evil on a: records 1, hits 0/1 +0/2; TWO",
			"sigma-keywords on a: records 1, hits 0/1 +0/2; TWO",
			"word on a: records 1, hits 0/1 +0/2; TWO",
		}},
		{"a missing part is told, and its neighbours are not glued together", []evtxtest.Event{
			scriptPart("a", 1, 1, 4, "Inv"), scriptPart("a", 1, 3, 4, "oke-Evil, Invoke-Evil"),
		}, []string{
			"not on a: records 1, hits 0/1 +0/2; GAPS",
			"sigma-evil on a: records 1, hits 0/1 +0/2; GAPS",
			"sigma-keywords on a: records 1, hits 0/1 +0/2; GAPS",
			"word on a: records 1, hits 0/1 +0/2; GAPS",
		}},
		{"parts on two hosts are two blocks", []evtxtest.Event{
			scriptPart("a", 1, 1, 2, "Inv"), scriptPart("b", 1, 2, 2, "oke-Evil"),
		}, []string{
			"first on a: records 1, hits 0/1; FIRST",
			"first on b: records 2, hits 0/2; SECOND",
		}},
		{"what a block carries in base64 across its cut", []evtxtest.Event{
			scriptPart("a", 1, 1, 2, "$x = '"+wide64("Invoke-Evil -Everywhere")[:20]),
			scriptPart("a", 1, 2, 2, wide64("Invoke-Evil -Everywhere")[20:]+"'"),
		}, []string{
			"first on a: records 1, hits 0/1 +0/2; TWO",
			"not on a: records 1, hits ; TWO; DECODED",
			"sigma-evil on a: records 1, hits ; TWO; DECODED",
			"sigma-keywords on a: records 1, hits ; TWO; DECODED",
			"word on a: records 1, hits ; TWO; DECODED",
		}},
		{"pieces that are put together, ticks, and an exclusion by what is plain", []evtxtest.Event{
			scriptPart("a", 1, 1, 1, "&('Inv'+'oke-E'+'vil')"), scriptPart("a", 2, 1, 1, "Inv`oke-Ev`il"),
			scriptPart("a", 3, 1, 1, "Inv`oke-Ev`il # harmless"),
		}, []string{
			"first on a: records 1 2 3, hits 0/1 0/2 0/3; ",
			"not on a: records 1 2, hits ; DECODED",
			"sigma-evil on a: records 1 2 3, hits ; DECODED",
			"sigma-keywords on a: records 1 2 3, hits ; DECODED",
			"word on a: records 1 2 3, hits ; DECODED",
		}},
		{"sequences over command lines and blocks, on one host and on two", []evtxtest.Event{
			started("a", "powershell.exe -enc "+wide64("Invoke-Evil")),
			scriptPart("a", 1, 1, 2, "Invoke-E"), scriptPart("a", 1, 2, 2, "vil"),
			scriptPart("b", 2, 1, 2, "Get-Date -La"), scriptPart("b", 2, 2, 2, "ter"),
		}, []string{
			"first on b: records 4, hits 0/4 +0/5; TWO",
			"hosts on b: records 2 4, hits 0/2 +0/3 0/4 +0/5; TWO",
			"not on a: records 2, hits 0/2 +0/3; TWO",
			"sequence on a: records 1 2, hits 0/2 +0/3; COMMAND; TWO",
			"sigma-evil on a: records 2, hits 0/2 +0/3; TWO",
			"sigma-keywords on a: records 1, hits ; COMMAND",
			"sigma-keywords on a: records 2, hits 0/2 +0/3; TWO",
			"word on a: records 2, hits 0/2 +0/3; TWO",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "a.evtx"), evtxtest.File(c.events...), 0o600); err != nil {
				t.Fatal(err)
			}
			pk := wholePack(t)
			for _, o := range []Options{{Jobs: 1}, {Jobs: 4}, {Jobs: 1, MaxMemory: 1},
				{Jobs: 3, MaxMemory: spill.Budget(1 << 20)}} {
				if got := wholeFindings(t, pk, o, dir); !slices.Equal(got, c.want) {
					t.Errorf("jobs %d, memory %d:\n%s\nwant\n%s", o.Jobs, o.MaxMemory, strings.Join(got, "\n"),
						strings.Join(c.want, "\n"))
					break
				}
			}
		})
	}
}

// started is a Sysmon 1 with a command line.
func started(computer, commandLine string) evtxtest.Event {
	e := startAt(noon, "powershell.exe")
	e.Computer = computer
	for i := range e.Data {
		if e.Data[i].Name == "CommandLine" {
			e.Data[i] = evtxtest.Str("CommandLine", commandLine)
		}
	}
	return e
}

// TestCopiesOfPartsAreOneBlock: a log and its copy hold each part twice, which changes nothing but the list of records.
func TestCopiesOfPartsAreOneBlock(t *testing.T) {
	dir := t.TempDir()
	file := evtxtest.File(scriptPart("a", 1, 1, 2, "Invoke-E"), scriptPart("a", 1, 2, 2, "vil"))
	for _, name := range []string{"a.evtx", "copy.evtx"} {
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := "word on a: records 1, hits 0/1 +1/1 +0/2 +1/2; TWO"
	for _, memory := range []spill.Budget{0, 1} {
		got := wholeFindings(t, wholePack(t), Options{MaxMemory: memory}, dir)
		if !slices.Contains(got, want) {
			t.Errorf("memory %d:\n%s\nwithout\n%s", memory, strings.Join(got, "\n"), want)
		}
	}
}
