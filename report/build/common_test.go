package build

import (
	"testing"

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
