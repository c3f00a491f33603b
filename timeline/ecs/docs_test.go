package ecs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/ecs-mapping.md")

const (
	docsName  = "../../docs/ecs-mapping.md"
	docsStart = "<!-- tables: generated from timeline/ecs by go test -update; do not edit below -->\n"
)

// opWords say in the document what an op does with the Data. Ops without words
// take the text as it is.
var opWords = map[op]string{
	opInt: "number", opIP: "address", opBool: "boolean", opEndpoint: "address without its port", opEndpointPort: "port",
	opSSHUser: "user", opSSHAddress: "address", opBase: "last component", opLast: "last component",
	opDirectory: "directory",
	opExtension: "extension", opNameExtension: "extension", opRegistryObject: "if a registry key", opJoinPath: "joined",
	opUserName: "name of DOM\\name", opUserDomain: "domain of DOM\\name",
	opAccount: "without @domain", opCommonName: "CN", opHash: "hash", opArgs: "arguments",
	opArgsBoth: "arguments, both splitters", opArgsCount: "count",
	opArgsCountBoth: "count, both splitters", opTable: "words for the code", opTableOrText: "words for the code",
	opFlags: "words for the bits", opList: "list",
	opCodeList: "list of codes", opCodeText: "words for the codes", opAccessMask: "words for the bits", opTime: "time",
	opEqual: "equals", opBoth: "and its Endpoint word",
	opKey: "key", opKeyInt: "key, number", opKeyUserName: "key, name", opKeyUserDomain: "key, domain",
	opKeyArgs: "key, arguments", opKeyArgsCount: "key, count",
	opKeyBase: "key, last component", opKeyDirectory: "key, directory", opKeyExtension: "key, extension",
	opLogged:  "true if logged",
	opShifted: "shifted values", opKeyAmbiguous: "ambiguous keys", opInvocations: "items", opScriptLength: "length",
	opScriptSymbols: "distinct symbols", opScriptEntropy: "entropy",
	opScriptNormalized: "entropy, normalized", opScriptDeviation: "standard deviation of the surprisal",
	opEachText: "all, distinct", opEachIP: "all addresses, distinct", opEachAccount: "all accounts, distinct",
	opEachHash: "all hashes", opHive: "hive",
	opKeyPath: "without hive", opValueName: "last component", opRegType: "type", opRegStrings: "data, both forms",
	opDirection: "true egress, false ingress",
	opIPVersion: "true ipv6, false ipv4", opAnswerData: "answers", opAnswerType: "types", opResolvedIP: "addresses",
	opDomain:    "registered domain",
	opSubdomain: "subdomain", opTLD: "public suffix", opCommunityID: "Community ID 1", opPath: "normalised path",
	opOwnerPath: "normalised path without stream",
	opZone:      "Zone.Identifier", opZoneInt: "Zone.Identifier, number", opDefenderPath: "first file",
	opDefenderName:   "first file, last component",
	opDefenderNormal: "first file, normalised path", opPending: "history", opPendingText: "else history",
	opPendingLast: "last component, else history", opPendingUser: "history, else System/Security@UserID",
	opSystemUser: "System/Security@UserID",
}

// generateTables writes the tables from the mappings.
func generateTables() string {
	compileMappings()
	var b strings.Builder
	list := func(w words) string { return strings.ReplaceAll(string(w), "|", ", ") }
	for _, src := range sources {
		fmt.Fprintf(
			&b,
			"\n## %s\n\n`data_stream.dataset` %s, `event.module` %s\n\n| id | event.category | event.type | "+
				"event.action |\n|---|---|---|---|\n",
			src.provider,
			src.dataset,
			list(src.module),
		)
		for _, m := range src.mappings {
			fmt.Fprintf(
				&b,
				"| %d | %s | %s | %s |\n",
				m.id,
				list(m.category),
				list(m.types),
				strings.ReplaceAll(string(m.action), "|", "<br>"),
			)
		}
		type line struct{ field, from string }
		ids := make(map[line][]string)
		var order []line
		note := func(id string, rules []rule) {
			last := make(map[Field]rule)
			for _, r := range rules {
				last[r.field] = r
			}
			for _, f := range documentOrder {
				if r, ok := last[f]; ok && r.op != opConst {
					l := line{fieldTable[f].name, describe(r)}
					if ids[l] == nil {
						order = append(order, l)
					}
					ids[l] = append(ids[l], id)
				}
			}
		}
		note("all", src.rules)
		for _, m := range src.mappings {
			note(fmt.Sprint(m.id), m.rules)
		}
		if len(order) == 0 {
			continue
		}
		slices.SortStableFunc(order, func(a, b line) int { return comparePaths(a.field, b.field) })
		b.WriteString("\n| field | from | ids |\n|---|---|---|\n")
		for _, l := range order {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", l.field, l.from, strings.Join(ids[l], " "))
		}
	}
	return b.String()
}

func describe(r rule) string {
	var parts []string
	if r.data != "" {
		parts = append(parts, strings.ReplaceAll(r.data, "|", ", "))
	}
	if r.arg != "" && r.op != opKeyAmbiguous {
		parts = append(parts, "`"+r.arg+"`")
	}
	if w := opWords[r.op]; w != "" {
		parts = append(parts, "("+w+")")
	}
	return strings.Join(parts, " ")
}

func TestDocumentHoldsTheTablesOfTheCode(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(docsName))
	if err != nil {
		t.Fatal(err)
	}
	prose, tables, ok := strings.Cut(string(text), docsStart)
	if !ok {
		t.Fatalf("%s has no line %q", docsName, docsStart)
	}
	want := generateTables()
	if *update {
		if err := os.WriteFile(filepath.FromSlash(docsName), []byte(prose+docsStart+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tables != want {
		t.Errorf("the tables of %s are not those of the code; run go test ./timeline/ecs -update", docsName)
	}
}
