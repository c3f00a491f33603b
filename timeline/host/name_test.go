package host

import "testing"

func TestNamesOfSetupAreRecognised(t *testing.T) {
	for name, want := range map[string][2]bool{ // shared, setup
		"37L4247F27-25": {true, true}, "26L2233B1-06": {true, true}, "37l4247d28-05": {true, true},
		"MINWINPC":        {true, true},
		"WIN-03DLIIOFRRA": {false, true}, "DESKTOP-0QT8017": {false, true},
		"win-03dliiofrra.corp.example": {false, true},
		"WIN-SERVER":                   {false, false}, "WS-FIN-07": {false, false}, "": {false, false},
		"37L4247F27":                  {false, false},
		"DESKTOP-RECEPTION-2ND-FLOOR": {false, false},
	} {
		if got := [2]bool{shared(name), setupName(name)}; got != want {
			t.Errorf("%q: shared, setup = %v, want %v", name, got, want)
		}
	}
}
