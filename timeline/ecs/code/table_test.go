package code

import (
	"fmt"
	"strings"
	"testing"
)

func ExampleTable_Text() {
	words, _ := Audit.Text([]byte("%%1937"))
	fmt.Println(words)
	words, _ = LogonTypes.Text([]byte("10"))
	fmt.Println(words)
	// Output:
	// TokenElevationTypeFull (2)
	// RemoteInteractive
}

func ExampleTable_Flags() {
	for words := range AccountControl.Flags(0x211) {
		fmt.Println(words)
	}
	// Output:
	// USER_ACCOUNT_DISABLED
	// USER_NORMAL_ACCOUNT
	// USER_DONT_EXPIRE_PASSWORD
}

var tables = map[string]*Table{
	"LogonTypes": LogonTypes, "LogonStatus": LogonStatus, "KerberosStatus": KerberosStatus,
	"TicketOptions": TicketOptions, "TicketEncryption": TicketEncryption, "ServiceTypes": ServiceTypes,
	"AccountControl": AccountControl, "TrustTypes": TrustTypes, "TrustDirections": TrustDirections,
	"TrustAttributes": TrustAttributes, "Transports": Transports, "FirewallDirections": FirewallDirections,
	"AccessMask": AccessMask, "Audit": Audit, "AuditSubcategories": AuditSubcategories,
	"DNSTypes": DNSTypes, "DNSStatus": DNSStatus,
}

// Text lowers the case of what it looks up: a code in upper case would never be found.
func TestEveryCodeIsFoundInAnyCase(t *testing.T) {
	for name, table := range tables {
		if len(table.texts)+len(table.flags) == 0 {
			t.Errorf("%s is empty", name)
		}
		for code, words := range table.texts {
			for _, written := range []string{code, strings.ToUpper(code), "%%" + code} {
				if got, ok := table.Text([]byte(written)); !ok || got != words || words == "" {
					t.Errorf("%s: %q is %q, want %q", name, written, got, words)
				}
			}
		}
	}
}

func TestEveryBitIsThereOnceAndAlone(t *testing.T) {
	for name, table := range tables {
		var seen uint64
		for _, f := range table.flags {
			if f.bit&(f.bit-1) != 0 || f.bit == 0 || seen&f.bit != 0 {
				t.Errorf("%s: %#x is no single bit, or stands twice", name, f.bit)
			}
			seen |= f.bit
		}
	}
}

func TestLevelsAndOpcodesHaveNames(t *testing.T) {
	for level, want := range map[uint8]string{0: "information", 1: "critical", 2: "error", 3: "warning",
		4: "information", 5: "verbose", 16: "16"} {
		if got := Level(level); got != want {
			t.Errorf("level %d is %q, want %q", level, got, want)
		}
	}
	for opcode, want := range map[uint8]string{0: "Info", 1: "Start", 9: "Send", 10: "10", 240: "240"} {
		if got := Opcode(opcode); got != want {
			t.Errorf("opcode %d is %q, want %q", opcode, got, want)
		}
	}
	var items []string
	for item := range Items([]byte("%%1537,\t%%1538\r\n ")) {
		items = append(items, string(item))
	}
	if strings.Join(items, "|") != "%%1537|%%1538" {
		t.Errorf("items %q", items)
	}
	if words, ok := Audit.Text([]byte(strings.Repeat("1", 100))); ok {
		t.Errorf("a long code is %q", words)
	}
}
