package identity

import (
	"testing"

	"hunt/evtx"
	"hunt/report/incident"
	"hunt/timeline/host"
)

func minutes(n int) evtx.Filetime { return evtx.Filetime(n) }

func TestSpellingsOfAnAccountAreOne(t *testing.T) {
	const sid, other = "S-1-5-21-1-2-3-1108", "S-1-5-21-9-9-9-1001"
	f := NewFolder(Hosts{"pc01.offsec.lan": "pc01.offsec.lan", "pc02": "pc02"})
	for _, l := range [][2]string{{`OFFSEC\admmig`, sid}, {`OFFSEC.LAN\admmig`, sid},
		{`OFFSEC\ben`, "S-1-5-21-1-2-3-1109"}, {`LAB\ann`, other}, {`LAB\ann`, sid + "1"},
		{`PC01\bob`, other}, {`PC02\bob`, other}} {
		f.Learn(l[0], l[1])
	}
	f.Settle()
	key := func(name, sid string) string { return f.Fold(AccountOf(name, sid)).Key }
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{key(`OFFSEC\admmig`, ""), sid, true},
		{key(`offsec.lan\ADMMIG`, ""), sid, true},
		{key("admmig@offsec.lan", ""), sid, true},
		{key(`OFFSEC\admmig`, sid), sid, true},
		{key(`OFFSEC\admmig`, "S-1-5-18"), sid, true}, // Sysmon's own SID
		{key(`OFFSEC.LAN\ben`, ""), key(`OFFSEC\ben`, ""), true},
		{key(`LAB\ann`, ""), other, false}, // two accounts of one name
		{key(`PC01\bob`, other), key(`PC02\bob`, other), false},
		{key(`PC01\bob`, other), key(`pc01\bob`, ""), true},
		{key(`ELSE\admmig`, ""), sid, false},
	} {
		if (x.a == x.b) != x.same {
			t.Errorf("%q and %q: one account is %v, want %v", x.a, x.b, x.a == x.b, x.same)
		}
	}
	if k := f.Fold(AccountOf(`NT AUTHORITY\SYSTEM`, "S-1-5-18")); k.Kind != incident.AccountSystem ||
		k.Key != "S-1-5-18" {
		t.Errorf("SYSTEM is %+v", k)
	}
}

func TestAnAddressNamesAHostOnlyAroundItsClaims(t *testing.T) {
	c := Addresses{}
	for _, at := range []int{100, 2000} {
		c.Add("10.0.0.5", "ws-01", claimReach*60+claimReach/60*minutes(at))
	}
	for at, want := range map[int]string{20: "", 41: "ws-01", 100: "ws-01", 159: "ws-01", 170: "", 1000: "",
		1950: "ws-01", 2070: ""} {
		if got := c.At("10.0.0.5", claimReach*60+claimReach/60*minutes(at)); got != want {
			t.Errorf("minute %d: %q, want %q", at, got, want)
		}
	}
	c.Add("10.0.0.5", "ws-02", claimReach*500)
	if got := c.At("10.0.0.5", claimReach*60+claimReach/60*100); got != "" {
		t.Errorf("an address of two hosts is that of %q", got)
	}
}

func TestAHostOfAnotherDomainIsNotThatOfTheCase(t *testing.T) {
	names := HostsOf([]*host.Host{{ID: "dc1.lab-a.example"}, {ID: "ws-02"}})
	for name, want := range map[string]string{"dc1.lab-a.example": "dc1.lab-a.example", "DC1": "dc1.lab-a.example",
		"dc1.lab-b.example": "", "ws-02.lab-b.example": "ws-02"} {
		if got := names.Of(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
