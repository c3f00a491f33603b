package build

import (
	"testing"

	"hunt/report"
	"hunt/rules/pack"
	"hunt/timeline/host"
)

func TestProgramsOfLinksAndShellsJoinNothing(t *testing.T) {
	lists := pack.Lists()
	names := []string{"Explorer.EXE", "svchost.exe", "WmiPrvSE.exe"}
	for _, list := range []string{"browsers", "mail", "chat"} {
		if len(lists[list]) == 0 {
			t.Fatalf("the list %s is empty", list)
		}
		names = append(names, lists[list]...)
	}
	for _, n := range names {
		if !isCommon(&host.Process{Executable: `C:\x\` + n}) {
			t.Errorf("two events of %s would be joined", n)
		}
	}
	if isCommon(&host.Process{Executable: `C:\x\cmd.exe`}) {
		t.Error("cmd.exe joins nothing")
	}
}

// TestATreeDeeperThanWritersDrawSaysWhatItLeavesOut has evidence in each of a hundred generations.
func TestATreeDeeperThanWritersDrawSaysWhatItLeavesOut(t *testing.T) {
	g := grower{onPath: map[*host.Process]bool{}}
	var top, last *host.Process
	for i := range 100 {
		p := &host.Process{PID: int64(i)}
		if g.onPath[p] = true; last == nil {
			top = p
		} else {
			last.Children = []*host.Process{p}
		}
		last = p
	}
	depth, left := 0, 0
	for p := g.tree(top, 0); p != nil; depth++ {
		left += p.Omitted
		if len(p.Children) == 0 {
			break
		}
		p = p.Children[0]
	}
	if depth >= report.MaxTreeDepth || left != 1 || !g.cut {
		t.Errorf("%d deep, %d left out, cut %v", depth, left, g.cut)
	}
}
