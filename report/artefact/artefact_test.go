package artefact

import "testing"

func TestPathsOfServicesAreThoseOfFiles(t *testing.T) {
	for _, text := range []string{`%SystemRoot%\updsvc.exe`, `\SystemRoot\updsvc.exe -k`, `%windir%\updsvc.exe`} {
		if got := pathInText().FindString(expanded(text)); got != `C:\Windows\updsvc.exe` {
			t.Errorf("%s: %q", text, got)
		}
	}
}
