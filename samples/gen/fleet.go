package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"hunt/samples/gen/truth"
)

// fleetOptions say what fleet to make.
type fleetOptions struct {
	hosts  int
	mb     int // of logs per host, in 10^6 bytes
	seed   uint64
	out    string
	jobs   int
	shapes bool // today's shapes and their harmless twins are planted, and nothing else
	quiet  bool // nothing happens but work: no attack, and nobody clears a log
}

// fleetCommand is gen fleet.
func fleetCommand(args []string) error {
	var o fleetOptions
	f := flag.NewFlagSet("fleet", flag.ContinueOnError)
	f.IntVar(&o.hosts, "hosts", 5, "the number of machines")
	f.IntVar(&o.mb, "mb", 20, "the size of each machine's logs, about, in MB")
	f.Uint64Var(&o.seed, "seed", 1, "of everything random: the same seed gives the same bytes")
	f.StringVar(&o.out, "out", "", "the directory to make; it must not exist")
	f.BoolVar(&o.quiet, "quiet", false, "normal working days: plant nothing, clear no log")
	f.BoolVar(&o.shapes, "shapes", false, "plant what intruders do today, each with a harmless twin")
	f.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "machines that are made at once")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.out == "" || o.hosts < 1 || o.mb < 1 || f.NArg() > 0 {
		return errors.New("fleet --hosts N --mb M --seed S --out DIR")
	}
	debug.SetGCPercent(400) // a machine's events are many and short-lived
	t, err := makeFleet(o)
	if err != nil {
		return err
	}
	records := 0
	for _, h := range t.Hosts {
		records += h.Records
	}
	fmt.Printf("%d hosts, %d records\n", len(t.Hosts), records)
	return nil
}

// makeFleet writes a fleet's logs and what is true of them. Memory: a few machines.
func makeFleet(o fleetOptions) (*truth.Fleet, error) {
	evidence := filepath.Join(o.out, evidenceDir)
	if _, err := os.Stat(evidence); err == nil {
		return nil, fmt.Errorf("%s exists already", evidence)
	}
	if err := os.MkdirAll(evidence, 0o755); err != nil { // #nosec G301 -- published files
		return nil, err
	}
	t := &truth.Fleet{Seed: o.seed, Rules: []string{ruleLiteral, ruleContent, ruleNetwork, ruleCradle,
		ruleLOLBin, ruleAddress, ruleDownload, ruleLanding, ruleLandingZone, ruleImage, ruleScriptCradle},
		Hosts: make([]truth.Host, o.hosts)}
	members := make([]*member, o.hosts)
	for i := range members {
		m := newMember(o.seed, i, o.hosts, o.mb*1_000_000)
		if m.layout.Shadows {
			m.planned = m.planned * 5 / 6 // the shadow copy holds a fifth once more
		}
		if o.quiet {
			m.attacks, m.wiped = nil, map[string]time.Time{}
		}
		members[i] = m
	}
	if o.shapes {
		t.Rules = nil
		if err := decideShapes(members); err != nil {
			return nil, err
		}
	}
	var group errgroup.Group
	group.SetLimit(max(o.jobs, 1))
	for i, m := range members {
		group.Go(func() error {
			m.play()
			logs, err := m.write()
			if err != nil {
				return err
			}
			t.Hosts[i] = m.known(logs)
			return m.layout.Write(evidence, m.collected(), collected(logs))
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return t, t.Save(filepath.Join(o.out, truth.FileName))
}
