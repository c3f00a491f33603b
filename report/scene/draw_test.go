package scene_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/incident"
	"hunt/report/scene"
)

const second = evtx.TicksPerSecond

func process(host, name string, n int) scene.Thing {
	return scene.Thing{Kind: report.ObjectProcess, Host: host, Key: fmt.Sprint(name, n), Name: name}
}

// line is an arrow in words.
func lines(p *report.Picture) (out []string) {
	for _, a := range p.Arrows {
		out = append(out, fmt.Sprintf("%s %s %s", p.Objects[a.From].Name, a.Verb, p.Objects[a.To].Name))
	}
	return out
}

func TestAPictureHasWhatTheDeedsTell(t *testing.T) {
	word, shell := process("ws", "winword.exe", 1), process("ws", "cmd.exe", 1)
	there := scene.Thing{Kind: report.ObjectAddress, Key: "192.0.2.1", Name: "192.0.2.1"}
	deed := scene.Deed{From: word, Verb: "started", To: shell, At: 5 * second, Finding: "F-1", Severity: "high"}
	again := deed // what a second rule rests on was done once
	again.Finding = "F-2"
	p := scene.Draw([]scene.Deed{deed, again, {From: shell, Verb: "connected to", To: there, At: 6 * second}}, nil)
	if got := lines(p); !slices.Equal(got, []string{"winword.exe started cmd.exe", "cmd.exe connected to 192.0.2.1"}) {
		t.Errorf("%q", got)
	}
	if n := p.Arrows[0].Count; n != 1 {
		t.Errorf("one start counts %d times", n)
	}
	if o := p.Objects[1]; o.Severity != "high" || !slices.Equal(o.Findings, []string{"F-1", "F-2"}) ||
		len(p.Objects[0].Findings) > 0 {
		t.Errorf("%+v", p.Objects)
	}
	if len(p.Lanes) != 2 || len(p.Lanes[0].Hosts) != 0 || p.Objects[2].Lane != 0 {
		t.Errorf("lanes %+v, address in %d", p.Lanes, p.Objects[2].Lane)
	}
}

// An address that a host of the evidence had then is that host; another time it lies outside.
func TestAnAddressOfAHostOfTheEvidenceIsInItsLane(t *testing.T) {
	anna := incident.Account{Key: "S-1", Name: `CORP\anna`}
	went := func(at evtx.Filetime) incident.Came {
		return incident.Came{Movement: incident.Movement{From: "ws", Address: "10.0.0.7", Account: anna, By: anna,
			At: at}}
	}
	s := scene.Scene{Came: []incident.Came{went(5 * second), went(9 * second)},
		HostOf: func(name string, at evtx.Filetime) string {
			if name == "10.0.0.7" && at < 6*second {
				return "srv"
			}
			return ""
		}}
	var hosts []string
	for _, d := range s.Deeds() {
		hosts = append(hosts, d.To.Host+" "+d.To.Text)
	}
	if !slices.Equal(hosts, []string{"srv srv, 10.0.0.7", " "}) {
		t.Errorf("%q", hosts)
	}
}

func TestHostsWithTheSameStepsAreOneLane(t *testing.T) {
	var deeds []scene.Deed
	var hosts []string
	for n := range 41 {
		h := fmt.Sprintf("ws-%02d", n)
		hosts = append(hosts, h)
		deeds = append(deeds, scene.Deed{From: process(h, "services.exe", n), Verb: "started", At: second,
			To: process(h, "evil.exe", n), Finding: "F-" + h, Severity: "high"})
	}
	deeds = append(deeds, scene.Deed{To: process("dc", "ntdsutil.exe", 0), At: 9 * second, Finding: "F-dc",
		Severity: "critical"})
	for _, steps := range [][][]string{{hosts, {"dc"}}, {hosts[:1], {"dc"}}} {
		checkLanes(t, scene.Draw(deeds, steps), len(steps[0]))
	}
}

// checkLanes looks for one lane of the hosts with the same steps, and for one of those that no step names.
func checkLanes(t *testing.T, p *report.Picture, named int) {
	t.Helper()
	if named == 1 {
		if len(p.Lanes) != 3 || len(p.Lanes[1].Hosts)+len(p.Lanes[2].Hosts) != 41 {
			t.Errorf("%+v", p.Lanes)
		}
		return
	}
	if len(p.Lanes) != 2 || len(p.Lanes[0].Hosts) != 41 || len(p.Objects) != 3 {
		t.Fatalf("%d lanes, %+v", len(p.Lanes), p.Objects)
	}
	o := p.Objects[1]
	if o.Name != "evil.exe" || o.Count != 41 || len(o.Findings)+o.More != 41 || p.Arrows[0].Count != 41 {
		t.Errorf("%+v, %+v", o, p.Arrows)
	}
}

// However much happens, a picture stays within its bounds, names no object that it does not have, and leaves none of
// those out that it does not count.
func TestAPictureStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var deeds []scene.Deed
		var steps [][]string
		names := rapid.IntRange(1, 80).Draw(t, "names")
		thing := func(what string) scene.Thing {
			n := rapid.IntRange(0, names).Draw(t, what)
			kind := report.ObjectKinds[n%len(report.ObjectKinds)]
			host := fmt.Sprint("h", rapid.IntRange(0, 20).Draw(t, "host"))
			if kind == report.ObjectAddress {
				host = ""
			}
			return scene.Thing{Kind: kind, Host: host, Key: fmt.Sprint(n), Name: fmt.Sprint("n", n%17)}
		}
		things := map[scene.Thing]bool{}
		for range rapid.IntRange(1, 300).Draw(t, "deeds") {
			d := scene.Deed{From: thing("from"), To: thing("to"), Verb: "started",
				At: evtx.Filetime(rapid.Int64Range(0, 1000).Draw(t, "at")) * second}
			if rapid.Bool().Draw(t, "found") {
				d.Finding, d.Severity = fmt.Sprint("F-", len(deeds)), report.Severities[len(deeds)%5]
			}
			if d.From == d.To {
				continue
			}
			things[d.From], things[d.To] = true, true
			deeds = append(deeds, d)
		}
		if len(deeds) == 0 {
			return
		}
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			steps = append(steps, []string{deeds[0].From.Host, deeds[len(deeds)-1].To.Host})
		}
		p := scene.Draw(deeds, steps)
		if len(p.Lanes) > 12 || len(p.Objects) > 60 || len(p.Arrows) > 120 {
			t.Fatalf("%d lanes, %d objects, %d arrows", len(p.Lanes), len(p.Objects), len(p.Arrows))
		}
		stands := 0
		for _, o := range p.Objects {
			stands += o.Count
			if o.Lane < 0 || o.Lane >= len(p.Lanes) ||
				(len(p.Lanes[o.Lane].Hosts) == 0) != (o.Kind == report.ObjectAddress) {
				t.Fatalf("%+v is in a lane of %d", o, len(p.Lanes))
			}
		}
		if p.ObjectsMore == 0 && stands != len(things) {
			t.Fatalf("the objects stand for %d of %d things", stands, len(things))
		}
		for _, a := range p.Arrows {
			if a.From == a.To || a.To >= len(p.Objects) || a.From >= len(p.Objects) {
				t.Fatalf("%+v of %d objects", a, len(p.Objects))
			}
		}
	})
}
